import AxeBuilder from '@axe-core/playwright';
import { expect, it } from 'vitest';
import type { ShownDeadLetters, ShownSweeps } from '../../../local/sandbox/api.ts';
import { describePage, startStackWithPage } from '../../support/browser.ts';
import { patience } from '../../support/patience.ts';

describePage(
  'the queues and the sweeps of the page',
  () => startStackWithPage(),
  ({ host, open }) => {
    const send = (DeviceToken: string) => {
      const push = { verb: 'NotifyReprovision', AppId: 'com.example.softphone', DeviceToken };
      return fetch(host().pushUrl, { method: 'POST', body: new URLSearchParams(push) });
    };
    const get = async <T>(path: string) => (await (await fetch(`${host().sandboxUrl}${path}`)).json()) as T;

    it('redrives dead letters by button, and discards them after a question', async () => {
      await Promise.all(['fail-400-1', 'fail-403', 'unregistered'].map(send));
      const page = await open({ view: 'queues' });
      const letters = page.getByRole('region', { name: 'Dead letters' });
      await expect.poll(() => letters.getByRole('listitem').count(), patience).toBe(3);

      const once = letters.getByRole('listitem').filter({ hasText: 'status 400' });
      await once.getByRole('button', { name: 'Redrive' }).click();
      await letters.getByText('1 of 3 dead letters redriven: 1 to pushes.').waitFor();
      await letters.getByText(/^(AWS_PORT=\d+ )?npm run cli -- dead-letters redrive --local --id=/).waitFor();
      await expect.poll(() => letters.getByRole('listitem').count(), patience).toBe(2);

      const copy = letters.getByRole('button', { name: 'Copy the command' });
      // Chromium denies what is not granted as soon as something is.
      await page.context().grantPermissions(['geolocation']);
      await copy.click();
      await letters.getByText('The browser refuses: select the text and copy it.').waitFor();
      await page.context().grantPermissions(['clipboard-write']);
      await copy.click();
      await letters.getByText('copied', { exact: true }).waitFor();

      await letters.getByLabel('Reason').selectOption('rejected');
      await letters.getByRole('button', { name: 'Discard rejected (1)…' }).click();
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
      await letters.getByRole('button', { name: 'Discard rejected (1)…' }).click();
      const question = page.getByRole('dialog', { name: 'Discard 1 dead letter?' });
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
      await question.getByRole('button', { name: 'Discard' }).click();
      await letters.getByText('1 of 2 dead letters discarded.').waitFor();
      const hasReasons = async () => (await get<ShownDeadLetters>('/dead-letters')).byReason;
      await expect.poll(hasReasons, patience).toEqual({ unregistered: 1 });

      await letters.getByRole('button', { name: 'Redrive all (1)' }).click();
      await letters.getByText('1 of 1 dead letter redriven: 1 to pushes.').waitFor();
    });

    it('says at each field of a sweep what is missing, and goes to the first', async () => {
      const page = await open({ view: 'sweeps' });
      const form = page.getByRole('form', { name: 'Start a sweep' });
      await form.getByLabel('Verb').selectOption('NotifyGenericTextMessage');
      await form.getByRole('button', { name: 'Start the sweep' }).click();
      const text = form.getByLabel('Message', { exact: true });
      await form.getByText('The list is empty').waitFor();
      await form.getByText('Message is missing.').waitFor();
      const focused = () => page.evaluate("document.activeElement.getAttribute('aria-describedby')");
      await expect.poll(focused, patience).toBe('list-fault list-hint');
      expect(await text.getAttribute('aria-invalid')).toBe('true');
      await text.fill('Hello');
      await form.getByRole('button', { name: 'Make up 120 devices' }).click();
      await expect.poll(() => form.getByText(/is (empty|missing)/).count(), patience).toBe(0);
    });

    it('starts a sweep of a pasted CSV, and shows its rate beside the mean until all pushes are delivered', async () => {
      const page = await open({ view: 'sweeps' });
      const form = page.getByRole('form', { name: 'Start a sweep' });
      const rows = Array.from({ length: 40 }, (_, index) => `com.example.softphone,device-${String(index)}`);
      await form.getByLabel('List of devices, as CSV').fill(['AppId,DeviceToken', ...rows].join('\n'));
      await form.getByLabel('Over').selectOption('10 seconds');
      await form.getByLabel('Name').fill('-');
      await form.getByRole('button', { name: 'Start the sweep' }).click();
      await form.getByText('name must have at most 100 letters').waitFor();
      await form.getByLabel('Name').fill('hello');
      await form.getByRole('button', { name: 'Start the sweep' }).click();
      await form.getByText('the local stack begins at once').waitFor();

      const sweep = page.getByRole('article', { name: 'hello' });
      await sweep.getByText('mean of the window').waitFor();
      await sweep.getByText('40 of 40 pushes delivered').waitFor({ timeout: 40_000 });
      await sweep
        .getByRole('img', { name: /^Pushes a second over \d+ seconds: at most .*; the mean of the window is 4\.$/ })
        .waitFor();
      const [shown] = (await get<ShownSweeps>('/sweeps')).sweeps;
      expect(shown).toMatchObject({ pushes: 40, delivered: 40, givenUp: 0, windowSeconds: 10, meanPerSecond: 4 });
      const { delivered = [] } = shown?.rate ?? {};
      expect(delivered.reduce((sum, count) => sum + count, 0)).toBe(40);
      expect(Math.max(...delivered)).toBeLessThan(15);
      expect(delivered.length).toBeGreaterThan(5);

      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
      await sweep
        .getByRole('button', { name: 'Remove…' })
        .or(sweep.getByRole('button', { name: 'Stop…' }))
        .click();
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /Stop|Remove/ })
        .click();
      await page.getByText('Stopped: plans/hello.json is deleted').waitFor();
      await expect.poll(() => sweep.count(), patience).toBe(0);
    }, 90_000);
  },
);
