import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it, vi } from 'vitest';
import type { ShownPushes } from '../../../local/sandbox/api.ts';
import { describePage, startStackWithPage } from '../../support/browser.ts';
import { patience } from '../../support/patience.ts';

const views = ['pushes', 'phones', 'queues', 'sweeps'] as const;
const tokens = ['delivered', 'fail-500', 'fail-400', 'unregistered'];

describePage(
  'the page',
  () => startStackWithPage({ BACKOFF_BASE_SECONDS: '1', BACKOFF_CAP_SECONDS: '1' }),
  ({ host, open }) => {
    let opened = '';
    beforeAll(async () => {
      const push = { verb: 'NotifyGenericTextMessage', AppId: 'com.example.softphone', Message: 'Hello مرحبا 😀' };
      const body = JSON.stringify(tokens.map((DeviceToken) => ({ ...push, DeviceToken })));
      const headers = { 'content-type': 'application/json' };
      await fetch(`${host().pushUrl}/send`, { method: 'POST', headers, body });
      const states = async () => {
        const { pushes } = (await (await fetch(`${host().sandboxUrl}/pushes`)).json()) as ShownPushes;
        opened = pushes.find(({ state }) => state === 'retrying')?.id ?? '';
        return pushes.map(({ state }) => state).toSorted();
      };
      await vi.waitFor(async () => {
        expect(await states()).toEqual(['delivered', 'given-up', 'given-up', 'retrying']);
      }, patience);
    });

    const shown = [...views, 'push'] as const;
    const address = (view: (typeof shown)[number]) => (view === 'push' ? `pushes/${opened}` : view);
    const heading = (page: Page, view: (typeof shown)[number]) =>
      page
        .getByRole('main')
        .getByRole('heading', { name: view === 'push' ? 'NotifyGenericTextMessage' : new RegExp(view, 'i') });

    it.each(shown)('has nothing that axe calls serious, in light and dark, and fits a phone: %s', async (view) => {
      const page = await open({ view: address(view) });
      await heading(page, view).first().waitFor();
      for (const summary of await page.locator('aside summary').all()) await summary.click();
      const inLight = await new AxeBuilder({ page }).analyze();
      await page.emulateMedia({ colorScheme: 'dark' });
      const inDark = await new AxeBuilder({ page }).withRules('color-contrast').analyze();
      const serious = [...inLight.violations, ...inDark.violations].filter(
        ({ impact }) => impact === 'serious' || impact === 'critical',
      );
      expect(
        serious.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => [html, failureSummary])]),
      ).toEqual([]);

      await page.setViewportSize({ width: 360, height: 780 });
      // Nothing has to be scrolled to the side.
      await expect.poll(() => page.evaluate('document.documentElement.scrollWidth'), patience).toBe(360);
    });

    it('is used with the keyboard alone: a push is sent, opened and closed, and the view is switched', async () => {
      const page = await open();
      await tabTo(page, 'Hello World');
      await page.keyboard.press('Enter');
      await tabTo(page, 'Send');
      await page.keyboard.press('Enter');
      const link = page.getByRole('form', { name: 'Send' }).getByRole('status').getByRole('link');
      const id = (await link.textContent()) ?? '';
      await tabTo(page, id);
      await page.keyboard.press('Enter');
      await expect.poll(() => focused(page), patience).toBe('NotifyGenericTextMessage');
      await page.keyboard.press('Escape');
      await expect.poll(() => page.evaluate('location.hash'), patience).toBe('#pushes');
      await expect.poll(() => page.evaluate('document.activeElement.dataset.id'), patience).toBe(id);
      await page.keyboard.press('Enter');
      await expect.poll(() => focused(page), patience).toBe('NotifyGenericTextMessage');
      await page.keyboard.press('Escape');

      for (const view of ['Phones', 'Queues', 'Sweeps', 'Pushes']) {
        await tabTo(page, view);
        await page.keyboard.press('Enter');
        await expect.poll(() => page.evaluate('location.hash'), patience).toBe(`#${view.toLowerCase()}`);
        expect(await focused(page)).toBe(view);
      }
    });
  },
);

function focused(page: Page): Promise<string> {
  return page.evaluate('document.activeElement.textContent.trim()');
}

/** Presses the Tab key until what has this text has the focus. */
async function tabTo(page: Page, text: string): Promise<void> {
  for (let presses = 0; presses < 100; presses += 1) {
    await page.keyboard.press('Tab');
    if ((await focused(page)) === text) return;
  }
  throw new Error(`The Tab key does not reach ${text}.`);
}
