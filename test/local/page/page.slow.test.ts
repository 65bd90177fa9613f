import { expect, it, vi } from 'vitest';
import { describePage } from '../../support/browser.ts';
import { patience } from '../../support/patience.ts';
import { startLoneSandbox } from '../../support/sandbox.ts';

describePage(
  'the page',
  () => startLoneSandbox(),
  ({ host, open }) => {
    it('shows a push that the gateway gets while it is open', async () => {
      const page = await open();
      const push = { verb: 'NotifyReprovision', AppId: 'com.example.softphone', DeviceToken: 'token' };
      await fetch(host().gatewayUrl, { method: 'POST', body: new URLSearchParams(push) });
      await page.getByRole('row', { name: 'NotifyReprovision' }).waitFor();
    });

    it('says what the gateway answered to a push that was posted to it directly', async () => {
      const page = await open();
      const push = { verb: 'NotifyReprovision', AppId: 'com.example.softphone', DeviceToken: 'fail-429' };
      await fetch(host().gatewayUrl, { method: 'POST', body: new URLSearchParams(push) });
      await page.getByRole('row', { name: 'given up answered 429' }).getByRole('link').click();
      await page.locator('.timeline').getByText('given up: answered 429').waitFor();
    });

    it('folds a long text of a push that is open', async () => {
      const page = await open();
      const push = {
        verb: 'NotifyGenericTextMessage',
        AppId: 'a',
        DeviceToken: 't',
        Message: `${'m'.repeat(60_000)}end`,
      };
      await fetch(host().gatewayUrl, { method: 'POST', body: new URLSearchParams(push) });
      await page.getByRole('row', { name: 'NotifyGenericTextMessage' }).getByRole('link').click();
      const message = page.locator('.push-view').getByRole('row', { name: /^Message/ });
      const unfold = message.getByRole('button', { name: 'Show all 60,003 characters' });
      await unfold.waitFor();
      expect(await message.getByText(/mend$/).count()).toBe(0);
      await unfold.click();
      await message.getByText(/mend$/).waitFor();
      await message.getByRole('button', { name: 'Show less' }).click();
      await unfold.waitFor();
    });

    it('leads to the form and to the gateway from the top of a phone, and keeps the view', async () => {
      const page = await open({ view: 'phones' });
      await page.setViewportSize({ width: 360, height: 780 });
      const top = () => page.evaluate('document.activeElement.getBoundingClientRect().top');
      const header = (await page.getByRole('banner').boundingBox())?.height ?? 0;
      for (const [link, heading] of [
        ['Send', 'send-title'],
        [/^Gateway/, 'gateway-title'],
      ] as const) {
        await page.getByRole('banner').getByRole('link', { name: link }).click();
        await expect.poll(() => page.evaluate('document.activeElement.id'), patience).toBe(heading);
        expect(await top()).toBeGreaterThan(header);
        expect(await top()).toBeLessThan(780);
      }
      expect(page.url()).toMatch(/#phones$/);
    });

    it('fails a test whose page has an error, violates its policy or misses a file', async () => {
      const faults: string[] = [];
      const page = await open({ allow: (fault) => faults.push(fault) > 0 });
      await page.evaluate(`
      setTimeout(() => { throw new Error('of the page'); });
      fetch('http://127.0.0.1:1/').catch(() => undefined);
      setTimeout(() => { document.body.innerHTML = '<b>replaced</b>'; });
      document.head.append(Object.assign(new Image(), { src: '/page/none.svg' }));
    `);
      await vi.waitFor(() => {
        expect(faults).toEqual(
          expect.arrayContaining([
            'page error: of the page',
            expect.stringMatching(/connect-src/),
            expect.stringMatching(/TrustedHTML/),
            `status 404: ${host().sandboxUrl}/page/none.svg`,
          ]),
        );
      }, patience);
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('pnm2-relay sandbox');
    });
  },
);
