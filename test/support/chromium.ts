import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

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

/** Says once for all files that their tests are skipped: vitest runs this before the tests of the page. */
export function setup(): void {
  if (findChromium(process.env) !== undefined || process.env['CI'] !== undefined) return;
  console.log('The tests of the page are skipped: no Chromium was found. Install it, or set CHROMIUM to its path.');
}
