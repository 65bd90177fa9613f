import { findChromium } from './chromium.ts';

/** Says once for all files that their tests are skipped: vitest runs this before the tests of the page. */
export function setup(): void {
  if (findChromium(process.env) !== undefined || process.env['CI'] !== undefined) return;
  console.log('The tests of the page are skipped: no Chromium was found. Install it, or set CHROMIUM to its path.');
}
