import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { ShownPushes } from '../../../local/sandbox/api.ts';
import { describePage, startStackWithPage } from '../../support/browser.ts';
import { blocksOf } from '../../support/page.ts';
import { patience } from '../../support/patience.ts';
import { startLoneSandbox } from '../../support/sandbox.ts';

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const environment = {
  ...{ REPORT_SECRET: 'a-secret-of-twenty-characters', BACKOFF_BASE_SECONDS: '1', BACKOFF_CAP_SECONDS: '1' },
};

describePage(
  'the phones of a local stack',
  () => startStackWithPage(environment),
  ({ host, open }) => {
    const send = async (push: Readonly<Record<string, string>>) =>
      (await fetch(host().pushUrl, { method: 'POST', body: new URLSearchParams(push) })).status;

    it('show the example of the document on the phone that it is sent to', async () => {
      const page = await open({ view: 'phones' });
      await send({
        ...{ verb: 'NotifyGenericTextMessage', Message: 'Hello World', AppId: 'cz.acrobits.softphone.cloudphone' },
        DeviceToken: 'QVBBOTFiSEQ0KX05PclRXZXlRdTVaNUJXT3BZVmpBMmxR',
      });
      const phone = page.locator('.phone', { hasText: 'QVBBOTFiSEQ0KX05PclRXZXlRdTVaNUJXT3BZVmpBMmxR' });
      await phone.getByText('Hello World').waitFor();
      await phone.getByText('answered 200').waitFor();
    });

    it('let one be added by keyboard, pushed to by its account, restarted and logged out', async () => {
      const page = await open({ view: 'phones' });
      await page.getByRole('button', { name: 'Add a phone' }).press('Enter');
      await page.getByLabel('Account', { exact: true }).fill('nováková');
      await page.getByLabel('Account', { exact: true }).press('Enter');
      const phone = page.locator('.phone', { has: page.getByRole('heading', { name: 'nováková' }) });
      await phone.getByText('200 registered').waitFor();

      expect(await send({ verb: 'NotifyTextMessage', Account: 'nováková', Badge: '3' })).toBe(202);
      await phone.getByText('Fetches messages').waitFor();
      expect(await phone.locator('.dock').textContent()).toMatch(/Badge 3$/);
      await send({ verb: 'NotifyReprovision', Account: 'nováková' });
      await phone.getByText('Reloads its configuration').waitFor();

      await phone.getByRole('button', { name: 'Push' }).click();
      expect(await page.locator('form.send [name=Account]').inputValue()).toBe('nováková');
      await phone.getByRole('button', { name: 'Restart' }).click();
      await phone.getByText('200 unchanged').waitFor();
      await phone.getByRole('button', { name: 'Log out' }).click();
      await phone.getByText('200 removed').waitFor();
      expect(await send({ verb: 'NotifyTextMessage', Account: 'nováková' })).toBe(404);
      await phone.getByRole('button', { name: 'Log in' }).click();
      await phone.getByText('200 registered').waitFor();
    });

    it.skipIf(!hasCurl)('show what the commands of docs/sandbox.md do', async () => {
      const page = await open({ view: 'phones' });
      const commands = blocksOf('sandbox.md')
        .codeOf('run', 'phone')
        .replaceAll('http://127.0.0.1:4000', new URL(host().pushUrl).origin)
        .replaceAll('http://127.0.0.1:4001', new URL(host().sandboxUrl).origin);
      await promisify(execFile)('sh', ['-ec', commands]);
      const phone = page.locator('.phone', { has: page.getByRole('heading', { name: 'alice' }) });
      await phone.getByText('Fetches messages').waitFor();
    });

    it('say at the form what the registry refuses', async () => {
      const page = await open({ view: 'phones' });
      await page.getByRole('button', { name: 'Add a phone' }).click();
      await page.getByRole('form', { name: 'Add a phone' }).getByLabel('DeviceToken').fill('with white space');
      await page.getByRole('button', { name: 'Report and add' }).click();
      await page
        .getByRole('alert')
        .getByText(/The registry refused the report with 400: .*white space/)
        .waitFor();
    });

    it('show one that is marked dead in grey, and its push is given up', async () => {
      const page = await open({ view: 'phones' });
      const device = { AppId: 'com.example.softphone', DeviceToken: 'to-be-dead' };
      await send({ verb: 'NotifyReprovision', ...device });
      const phone = page.locator('.phone', { hasText: 'to-be-dead' });
      await phone.getByRole('button', { name: 'Mark dead' }).click();
      await phone.getByText('The gateway calls its token unregistered.').waitFor();
      expect(await page.evaluate(`getComputedStyle(document.querySelector('[data-dead=true]')).filter`)).toBe(
        'grayscale(1)',
      );

      await send({ verb: 'NotifyGenericTextMessage', Message: 'too late', ...device });
      await phone.getByText('answered 404').waitFor();
      const states = async () => {
        const { pushes } = (await (await fetch(`${host().sandboxUrl}/pushes`)).json()) as ShownPushes;
        return pushes.map(({ state, reason }) => ({ state, reason }));
      };
      await expect.poll(states, patience).toContainEqual({ state: 'given-up', reason: 'unregistered' });
      await phone.getByRole('button', { name: 'Mark alive' }).click();
      await send({ verb: 'NotifyGenericTextMessage', Message: 'in time', ...device });
      await phone.getByText('in time').waitFor();
    });
  },
);

describePage('the texts on the phones', startLoneSandbox, ({ host, open }) => {
  const push = (DeviceToken: string, Message: string) =>
    fetch(host().gatewayUrl, {
      method: 'POST',
      body: new URLSearchParams({ verb: 'NotifyGenericTextMessage', AppId: 'app', DeviceToken, Message }),
    });

  it('are shown as they are: nothing is run, and emoji and directions are right', async () => {
    const page = await open({ view: 'phones' });
    const texts = ['<script>alert(1)</script><img src=x onerror=alert(2)>', 'שלום (3) Alice!', 'Hi 👋🏽 👩‍👩‍👧'];
    for (const text of texts) await push(text, text);
    for (const text of texts) await page.locator('.text').getByText(text, { exact: true }).waitFor();
    const directions = `[...document.querySelectorAll('.text')].map((text) => getComputedStyle(text).direction)`;
    expect(await page.evaluate(directions)).toEqual(['ltr', 'rtl', 'ltr']);
    expect(await page.locator('.phone script, .phone img').count()).toBe(0);
  });

  it('are cut if they are long, and shown whole on demand', async () => {
    const page = await open({ view: 'phones', width: 360 });
    await push('long', 'A long text. '.repeat(50));
    const text = page.locator('.phone', { hasText: 'long' }).locator('.text', { hasText: 'A long text.' });
    await page.getByRole('button', { name: 'Show all' }).focus();
    const height = async () => (await text.boundingBox())?.height ?? 0;
    const cut = await height();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Show less' }).waitFor();
    expect(await height()).toBeGreaterThan(3 * cut);
    await push('long', 'Another.');
    await page.getByText('Another.').waitFor();
    expect(await height()).toBeGreaterThan(3 * cut);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  });

  it('are counted if they are repeated, and found by the filter', async () => {
    const page = await open({ view: 'phones' });
    for (let time = 0; time < 3; time += 1) await push('busy', 'Missed call');
    await push('other', 'Voicemail');
    await page.getByText('3 times').waitFor();
    await page.getByLabel(/^Filter by/).fill('missed');
    await page.getByText('Voicemail').waitFor({ state: 'detached' });
    expect(await page.locator('.phone').count()).toBe(1);
  });
});

describePage(
  'the phones of a stack that posts to another gateway',
  () => startLoneSandbox(undefined, { isSandboxed: false }),
  ({ host, open }) => {
    it('cannot be marked dead, which that gateway is not told', async () => {
      const page = await open({ view: 'phones' });
      await fetch(`${host().sandboxUrl}/phones`, { method: 'POST', body: '{"deviceToken":"elsewhere"}' });
      const phone = page.locator('.phone', { hasText: 'elsewhere' });
      await phone.getByRole('button', { name: 'Forget' }).waitFor();
      expect(await phone.getByRole('button', { name: 'Mark dead' }).count()).toBe(0);
    });
  },
);
