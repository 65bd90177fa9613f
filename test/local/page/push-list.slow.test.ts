import { Agent, request } from 'node:http';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { describePage } from '../../support/browser.ts';
import { patience } from '../../support/patience.ts';
import { startLoneSandbox } from '../../support/sandbox.ts';

const count = 5000;
const agent = new Agent({ keepAlive: true, maxSockets: 50 });

/** Posts a push to the gateway directly. */
function post(gatewayUrl: string, index: number, overrides: Record<string, string> = {}): Promise<void> {
  const push = { verb: 'NotifyGenericTextMessage', AppId: `com.example.app${String(index % 3)}` };
  const body = new URLSearchParams({ ...push, DeviceToken: `token-${String(index)}`, Message: 'm', ...overrides });
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    request(gatewayUrl, { method: 'POST', agent, headers }, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end(body.toString());
  });
}

/** A sandbox with as many pushes as it keeps. */
async function startFull() {
  const sandbox = await startLoneSandbox();
  for (let index = 0; index < count; index += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, offset) => post(sandbox.gatewayUrl, index + offset)));
  }
  return sandbox;
}

const rows = (page: Page) => page.getByRole('table').getByRole('row');
// Code for the page is text: the types of the tests know no DOM.
const scroller = "document.querySelector('.push-list .scroller')";
const scrollTo = (page: Page, top: number) => page.evaluate(`${scroller}.scrollTop = ${String(top)}`);
const scrollTop = (page: Page) => page.evaluate(`${scroller}.scrollTop`);
const focused = (page: Page) => page.evaluate("document.activeElement?.closest('tr')?.getAttribute('aria-rowindex')");
/** The first row that can be seen wholly, and where it is. */
const firstSeen = (page: Page) =>
  page.evaluate(`{
    const head = ${scroller}.querySelector('thead').getBoundingClientRect().bottom;
    const topOf = (link) => Math.round(link.closest('tr').getBoundingClientRect().top - head);
    [...${scroller}.querySelectorAll('tbody a')]
      .map((link) => ({ id: link.dataset.id, top: topOf(link) }))
      .filter(({ top }) => top >= 0)
      .sort((a, b) => a.top - b.top)[0]
  }`);

describePage('the list of 5,000 pushes', startFull, ({ host, open }) => {
  it('has the rows that can be seen, says how many there are, and scrolls to the oldest', async () => {
    const page = await open();
    await page.getByText('5,000 pushes').waitFor();
    expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe('5001');
    expect(await rows(page).count()).toBeLessThan(100);
    await scrollTo(page, 1e9);
    await page.locator('tr[aria-rowindex="5001"]').waitFor();
    expect(await rows(page).count()).toBeLessThan(100);
    await page.locator('tr[aria-rowindex="5001"] a').click();
    await page.getByRole('heading', { level: 2, name: 'NotifyGenericTextMessage' }).waitFor();
    await page.getByRole('cell', { name: /^token-\d$/ }).waitFor();
  });

  it('is filtered by AppId, state and text, with counts, and keeps the filter in the address', async () => {
    const page = await open();
    await page.getByRole('search').getByLabel('AppId').selectOption({ label: 'com.example.app1 (1,667)' });
    await page.getByText('1,667 of 5,000 pushes').waitFor();
    await page.getByRole('searchbox', { name: 'Text' }).fill('token-100');
    // Of token-100, token-1000 to token-1009, those with this AppId.
    await page.getByText('5 of 5,000 pushes').waitFor();
    await page.getByRole('button', { name: 'delivered 5' }).click();
    await expect.poll(() => page.url(), patience).toContain('AppId=com.example.app1&state=delivered&text=token-100');
    await page.reload();
    await page.getByText('5 of 5,000 pushes').waitFor();
    expect(await rows(page).count()).toBe(6);
    await page.getByRole('button', { name: 'given up 0' }).click();
    await page.getByText('No push matches the filter.').waitFor();
  });

  it('has in the address what it is filtered by, also after a push was closed', async () => {
    const page = await open();
    const text = page.getByRole('searchbox', { name: 'Text' });
    await text.fill('token-42');
    await page.getByRole('row').nth(1).getByRole('link').click();
    await page.getByRole('heading', { level: 2, name: 'NotifyGenericTextMessage' }).waitFor();
    expect(page.url()).toMatch(/\?text=token-42$/);
    await text.fill('token-43');
    await page.getByRole('button', { name: 'Close' }).click();
    await expect.poll(() => page.url(), patience).toMatch(/#pushes\?text=token-43$/);
    await text.fill('');
    await expect.poll(() => page.url(), patience).toMatch(/#pushes$/);
  });

  it.each([1280, 1920])(
    'cuts no verb and no state at a width of %d, and shows the texts beside an open push',
    async (width) => {
      const page = await open();
      await page.setViewportSize({ width, height: 900 });
      const cut = () =>
        page.evaluate(
          `[...${scroller}.querySelectorAll('.verb, .result')].filter((cell) => cell.scrollWidth > cell.clientWidth).length`,
        );
      await page.getByRole('row').nth(1).getByRole('cell', { name: 'm', exact: true }).waitFor();
      expect(await cut()).toBe(0);
      await page.getByRole('row').nth(1).getByRole('link').click();
      await page.getByRole('heading', { level: 2, name: 'NotifyGenericTextMessage' }).waitFor();
      await page.getByRole('row').nth(1).getByRole('cell', { name: 'm', exact: true }).waitFor();
      expect(await cut()).toBe(0);
    },
  );

  it('does not move what is read when new pushes come, and offers them', async () => {
    const page = await open();
    await scrollTo(page, 4000);
    await expect.poll(() => firstSeen(page), patience).toMatchObject({ top: expect.any(Number) as number });
    const before = await firstSeen(page);
    await post(host().gatewayUrl, 5000, { Message: 'the newest' });
    const offer = page.getByRole('button', { name: '1 new' });
    await offer.waitFor();
    expect(await firstSeen(page)).toEqual(before);
    await offer.click();
    await page.getByRole('cell', { name: 'the newest' }).waitFor();
    expect(await scrollTop(page)).toBe(0);
    await page.getByText('older one was dropped').waitFor();
  });

  it('is walked with the keyboard, and keeps the focus when new pushes come', async () => {
    const page = await open();
    await page.locator('tr[aria-rowindex="2"] a').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toBe('4');
    await post(host().gatewayUrl, 5001);
    await page.getByRole('button', { name: '1 new' }).waitFor();
    expect(await focused(page)).toBe('4');
    await page.keyboard.press('End');
    await expect.poll(() => focused(page), patience).toBe('5000');
    await page.keyboard.press('Home');
    await expect.poll(() => focused(page), patience).toBe('2');
    await page.keyboard.press('Enter');
    const active = (property: string) => page.evaluate(`document.activeElement.${property}`);
    await expect.poll(() => active('id'), patience).toBe('push-title');
    const [, id] = page.url().split('#pushes/');
    await page.keyboard.press('Escape');
    await expect.poll(() => active('dataset.id'), patience).toBe(id);
  });

  it('shows a script in a text as text', async () => {
    const page = await open();
    const script = '<script>document.title = "run"</script><img src=x onerror="document.title = 1">';
    await post(host().gatewayUrl, 5002, { Message: script });
    await page.getByRole('row').filter({ hasText: script }).getByRole('link').click();
    await page.locator('.push-view').getByRole('cell', { name: script }).waitFor();
    await page.locator('.push-view pre').getByText('%3Cscript%3E').waitFor();
    expect(await page.title()).toBe('pnm2-relay sandbox');
  });
});
