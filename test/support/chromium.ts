import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { patience } from './patience.ts';

/** What distributions call Chromium. `.ci/run` looks for the same names. */
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The Chromium of this machine: the variable CHROMIUM, or a usual name on the PATH. */
export function findChromium({ CHROMIUM = '', PATH = '' }: NodeJS.ProcessEnv): string | undefined {
  if (CHROMIUM !== '') {
    if (!isExecutable(CHROMIUM)) throw new Error(`CHROMIUM=${CHROMIUM} cannot be run: set it to the path of Chromium.`);
    return CHROMIUM;
  }
  const folders = PATH.split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface SessionOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** Launches Chromium for pages of this machine only. */
export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      // Containers of CI run as root, where Chromium's sandbox does not start. Only pages of this project are opened.
      '--no-sandbox',
      // There is no GPU in CI, and looking for one takes time.
      '--disable-gpu',
      // All that is served is HTTP/1.1.
      '--disable-quic',
      // A new profile would show its welcome page.
      '--no-first-run',
      // Nothing is asked of another host.
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A browser session with storage of its own. */
export function openSession(browser: Browser, { width = 1280, height = 900, colorScheme = 'light' }: SessionOptions) {
  return browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
}

export async function openPage(session: BrowserContext, sandboxUrl: string, view = ''): Promise<Page> {
  const page = await session.newPage();
  page.setDefaultTimeout(patience.timeout);
  await page.goto(`${sandboxUrl}/#${view}`);
  await page.getByRole('status').getByText('Connected').waitFor();
  return page;
}
