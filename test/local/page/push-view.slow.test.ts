import { expect, it } from 'vitest';
import { describePage, startStackWithPage } from '../../support/browser.ts';
import { parametersWith } from '../../support/pushes.ts';

const start = () => startStackWithPage({ BACKOFF_BASE_SECONDS: '1', BACKOFF_CAP_SECONDS: '2' });

describePage('a push that is open', start, ({ host, open }) => {
  const send = async (DeviceToken: string) => {
    const body = new URLSearchParams(
      parametersWith({ DeviceToken }).map(([name, value]): [string, string] => [name, value]),
    );
    const { id } = (await (await fetch(host().pushUrl, { method: 'POST', body })).json()) as { id: string };
    return id;
  };

  it('shows its timeline while it is retried, until it is delivered', async () => {
    const page = await open();
    const id = await send('fail-503-2');
    await page.locator(`a[data-id="${id}"]`).click();
    const timeline = page.locator('.timeline');
    await timeline.getByText('next attempt').waitFor();
    await timeline.getByText('delivered', { exact: true }).last().waitFor();
    const items = (await timeline.getByRole('listitem').allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' '));
    const time = String.raw`\d\d:\d\d:\d\d\.\d{3}`;
    const took = String.raw`(\d+ ms|\d\.\d s)`;
    const waited = expect.stringMatching(/^waited \d+(\.\d)? m?s$/) as string;
    const like = (text: string) => expect.stringMatching(new RegExp(text)) as string;
    const throttled = (attempt: number) => like(`^attempt ${String(attempt)}: 503 throttled ${took} ${time}$`);
    expect(items.filter((text) => !/^waited \d+ ms$/.test(text))).toEqual([
      like(`^accepted ${time}$`),
      ...[throttled(1), waited, throttled(2), waited],
      like(`^attempt 3: 200 delivered ${took} ${time}$`),
      like(`^delivered ${time}$`),
    ]);
    await page.locator('.push-view pre').getByText('DeviceToken=fail-503-2').waitFor();
    await page.locator('.push-view').getByText(id, { exact: true }).waitFor();
  });

  it('shows why it was given up, also if it is opened by its address', async () => {
    const id = await send('unregistered');
    const page = await open({ view: `pushes/${id}` });
    await page.locator('.timeline').getByText('given up: unregistered').waitFor();
  });

  it('says so when the sandbox does not have it', async () => {
    const page = await open({ view: 'pushes/none' });
    await page.getByText('The sandbox has no push none').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await expect.poll(() => page.url()).toMatch(/#pushes$/);
  });
});
