import { beforeEach, expect, it } from 'vitest';
import type { ShownBehaviour } from '../../../local/sandbox/api.ts';
import { describePage, startStackWithPage } from '../../support/browser.ts';
import { patience } from '../../support/patience.ts';
import { startLoneSandbox } from '../../support/sandbox.ts';

const shortTimes = { BACKOFF_BASE_SECONDS: '1', BACKOFF_CAP_SECONDS: '1' };

describePage(
  'an outage on the page',
  () => startStackWithPage(shortTimes),
  ({ host, open }) => {
    it('is switched on and off, and pushes wait for its end', async () => {
      const page = await open();
      const header = page.getByRole('banner');
      const states = async () => {
        const { pushes } = (await (await fetch(`${host().sandboxUrl}/pushes`)).json()) as {
          readonly pushes: readonly {
            readonly state: string;
            readonly attempts: readonly { readonly status?: number }[];
          }[];
        };
        return pushes.map(({ state, attempts }) => [state, attempts.at(-1)?.status]);
      };
      await page.getByRole('spinbutton', { name: 'Seconds of the outage' }).fill('');
      await page.getByRole('button', { name: 'Start an outage' }).click();
      await header.getByText('away').waitFor();

      const body = new URLSearchParams({ verb: 'NotifyReprovision', AppId: 'a', DeviceToken: 'waits' });
      expect((await fetch(host().pushUrl, { method: 'POST', body })).status).toBe(202);
      await expect.poll(states, patience).toEqual([['retrying', undefined]]);

      await page.getByRole('button', { name: 'End the outage' }).click();
      await header.getByText('well').waitFor();
      await expect.poll(states, patience).toEqual([['delivered', 200]]);
    });
  },
);

describePage(
  'the card of the gateway',
  () => startLoneSandbox(),
  ({ host, open }) => {
    const behaviour = async () => (await (await fetch(`${host().sandboxUrl}/behaviour`)).json()) as ShownBehaviour;
    beforeEach(() => fetch(`${host().sandboxUrl}/behaviour`, { method: 'DELETE' }));

    it('shows how long an outage lasts, and ends it without losing the focus', async () => {
      const page = await open();
      await page.getByRole('spinbutton', { name: 'Seconds of the outage' }).fill('600');
      await page.getByRole('button', { name: 'Start an outage' }).press('Enter');
      await page
        .getByRole('region', { name: 'Gateway' })
        .getByText(/^(10:00|9:5\d)$/)
        .waitFor();
      const end = page.getByRole('button', { name: 'End the outage' });
      expect(await end.evaluate('document.activeElement?.textContent')).toBe('End the outage');
      await end.press('Enter');
      await expect.poll(async () => (await behaviour()).away, patience).toBe(false);
    });

    it('applies a number at once when it is entered, and keeps it while it is off', async () => {
      const page = await open();
      const slow = page.getByRole('checkbox', { name: 'Slow' });
      await slow.check();
      await page.getByRole('spinbutton', { name: 'Milliseconds' }).fill('250');
      await page.keyboard.press('Tab');
      await page.getByRole('banner').getByText('slow by 250 ms').waitFor();
      await slow.uncheck();
      await page.getByRole('banner').getByText('well').waitFor();
      expect(await page.getByRole('spinbutton', { name: 'Milliseconds' }).inputValue()).toBe('250');
    });

    it('says of each wrong number what it must be, changes nothing, and forgets it with a reset', async () => {
      const page = await open();
      const field = (name: string) => page.getByRole('spinbutton', { name });
      await field('Seconds of the outage').fill('0');
      await page.getByRole('button', { name: 'Start an outage' }).click();
      await page.getByText('Seconds of the outage: a whole number from 1 to 86400, or nothing.').waitFor();
      await field('Status').fill('200');
      await field('Percent of the pushes').fill('0');
      await page.getByRole('checkbox', { name: 'Errors' }).click();
      await page.getByText('Status: a whole number from 400 to 599.').waitFor();
      await page.getByText('Percent of the pushes: a whole number from 1 to 100.').waitFor();
      expect(await page.getByRole('checkbox', { name: 'Errors' }).isChecked()).toBe(false);
      expect(await behaviour()).toMatchObject({ words: 'well' });
      await page.getByRole('button', { name: 'Reset' }).click();
      await expect.poll(() => page.getByText('a whole number').count(), patience).toBe(0);
      const values = page.getByRole('region', { name: 'Gateway' }).getByRole('spinbutton');
      expect(await Promise.all((await values.all()).map((input) => input.inputValue()))).toEqual([
        ...['60', '1000', '500', '30', '5'],
      ]);
    });

    it('follows what another program switches, and resets it', async () => {
      const page = await open();
      const body = JSON.stringify({ failure: { status: 503, percent: 20 }, pushesPerSecond: 7 });
      await fetch(`${host().sandboxUrl}/behaviour`, { method: 'PUT', body });
      await page.getByRole('banner').getByText('503 for 20%, 429 above 7/s').waitFor();
      expect(await page.getByRole('checkbox', { name: 'Limit' }).isChecked()).toBe(true);
      expect(await page.getByRole('spinbutton', { name: 'Pushes a second' }).inputValue()).toBe('7');
      await page.getByRole('button', { name: 'Reset' }).click();
      await expect.poll(async () => (await behaviour()).words, patience).toBe('well');
    });

    it('lists the tokens that choose the answer', async () => {
      const page = await open();
      await page.getByText('Tokens that choose the answer').click();
      await page.getByRole('button', { name: 'fail-STATUS-N: send a push to fail-500-2' }).waitFor();
    });
  },
);

const other = 'http://127.0.0.1:1/pnm2';

describePage(
  'the card of another gateway',
  () => startLoneSandbox(undefined, { isSandboxed: false, gatewayUrl: other }),
  ({ open }) => {
    it('says that it cannot be switched, and has no controls', async () => {
      const page = await open();
      const card = page.getByRole('region', { name: 'Gateway' });
      await card.getByText(other).waitFor();
      expect(await card.getByRole('button').count()).toBe(0);
      expect(await card.getByRole('checkbox').count()).toBe(0);
      await page.getByRole('banner').getByText('127.0.0.1:1').waitFor();
    });
  },
);
