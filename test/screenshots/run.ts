import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import type { ShownPushes } from '../../local/sandbox/api.ts';
import { findChromium, launchChromium, openPage, openSession, type SessionOptions } from '../support/chromium.ts';
import { startStack } from '../support/stack.ts';
import { exampleLines, examplePushes, type ExamplePush } from './examples.ts';

/**
 * Writes pictures of the page in its main states to `reports/screenshots/`. `push-light.png` is the one of README: it is
 * copied to `docs/images/sandbox.png`, with fewer colours.
 */
const directory = fileURLToPath(new URL('../../reports/screenshots/', import.meta.url));

const executable = findChromium(process.env);
if (executable === undefined) {
  console.error('No Chromium was found. Install it, or set CHROMIUM to its path.');
  process.exit(1);
}
await mkdir(directory, { recursive: true });
const browser = await launchChromium(executable);
const stack = await startStack({ BACKOFF_BASE_SECONDS: '4', BACKOFF_CAP_SECONDS: '20' });
try {
  await takeAll();
} finally {
  await Promise.all([browser.close(), stack.interrupt()]);
}

async function takeAll(): Promise<void> {
  await take('fresh', '', {}, (page) => page.getByText('No pushes yet').waitFor());

  for (const account of ['alice', 'bob', 'חיים']) await call('POST', '/phones', { account });
  await call('POST', '/intake/pnm2', { verb: 'NotifyTextMessage', Account: 'alice', Badge: '2' });
  await sendAll(examplePushes, 250);
  await call('PUT', '/behaviour', { away: true });
  await sendAll(examplePushes.slice(0, 7), 700);
  await until(({ pushes }) => pushes.filter(({ state }) => state === 'retrying').length >= 7);
  const { pushes } = await shown();
  const retrying = pushes.find(({ state }) => state === 'retrying')?.id ?? '';
  const isShown = (page: Page) =>
    page
      .getByRole('row', { name: /retrying/ })
      .first()
      .waitFor();
  for (const colorScheme of ['light', 'dark'] as const) {
    await take(`outage-${colorScheme}`, '', { colorScheme, height: 820 }, isShown);
    await take(`push-${colorScheme}`, `pushes/${retrying}`, { colorScheme }, (page) =>
      page.getByRole('heading', { name: 'What the gateway got' }).waitFor(),
    );
    await take(`queues-${colorScheme}`, 'queues', { colorScheme }, (page) =>
      page.getByText('rejected').filter({ visible: true }).first().waitFor(),
    );
  }
  await take('outage-phone', '', { width: 360, height: 780 }, isShown);
  await call('PUT', '/behaviour', { away: false });
  await until(({ pushes }) => pushes.every(({ state }) => state === 'delivered' || state === 'given-up'));
  for (const colorScheme of ['light', 'dark'] as const) {
    await take(`phones-${colorScheme}`, 'phones', { colorScheme }, (page) => page.locator('.phone').first().waitFor());
  }
  await take('phones-phone', 'phones', { width: 360, height: 780 }, (page) => page.locator('.phone').first().waitFor());

  await call('POST', '/sweeps', {
    list: exampleLines(600),
    name: 'reprovision-all',
    verb: 'NotifyReprovision',
    window: '1m',
  });
  await until(({ pushes }) => pushes.filter(({ source, endedAt }) => source === 'sweeps' && endedAt).length > 80);
  for (const colorScheme of ['light', 'dark'] as const) {
    await take(`sweep-${colorScheme}`, 'sweeps', { colorScheme }, (page) =>
      page.getByText('reprovision-all').first().waitFor(),
    );
  }
}

async function take(name: string, view: string, options: SessionOptions, isReady: (page: Page) => Promise<void>) {
  const session = await openSession(browser, options);
  const page = await openPage(session, stack.sandboxUrl, view);
  await isReady(page);
  await page.screenshot({ path: `${directory}${name}.png` });
  await session.close();
  console.log(`${directory}${name}.png`);
}

async function call(method: string, path: string, body: Readonly<Record<string, unknown>>): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${stack.sandboxUrl}${path}`, { method, headers, body: JSON.stringify(body) });
  if (!response.ok)
    throw new Error(`${method} ${path} was answered ${String(response.status)}: ${await response.text()}`);
}

/** Sends pushes one after another, so that the chart has something to show. */
async function sendAll(pushes: readonly ExamplePush[], everyMs: number): Promise<void> {
  for (const push of pushes) {
    await call('POST', '/intake/pnm2/send', push);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

async function shown(): Promise<ShownPushes> {
  return (await (await fetch(`${stack.sandboxUrl}/pushes`)).json()) as ShownPushes;
}

async function until(isReached: (pushes: ShownPushes) => boolean): Promise<void> {
  while (!isReached(await shown())) await new Promise((resolve) => setTimeout(resolve, 200));
}
