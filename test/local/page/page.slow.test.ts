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
