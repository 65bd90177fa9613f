import { readFile } from 'node:fs/promises';

/** The rows of all tables of a document, each with one space around its cells. */
export async function rowsOf(path: string): Promise<string[]> {
  const document = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
  return document
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.replace(/ +\| */g, ' | ').trim());
}
