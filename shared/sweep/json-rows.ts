import { columnOf } from './columns.ts';
import type { Lines } from './lines.ts';
import type { Row, Rows } from './rows.ts';

/** Reads the rows of JSON Lines: an object a line. */
export async function* readJsonRows(pieces: AsyncIterable<Lines>): AsyncGenerator<Rows> {
  for await (const { text, firstLine, count, tooLong } of pieces) {
    const rows: Row[] = [];
    for (const [index, line] of text.toString('utf8').split('\n').entries()) {
      const number = firstLine + index;
      if (tooLong.includes(number)) rows.push({ line: number, fault: 'The line is too long.' });
      else if (line.trim() !== '') rows.push({ line: number, ...readJsonRow(line) });
    }
    yield { rows, throughLine: firstLine + count - 1 };
  }
}

function readJsonRow(line: string) {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { fault: 'The line is not JSON.' };
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return { fault: 'The line is no JSON object.' };
  const device = { appId: '', deviceToken: '', selector: '', lastSeen: '' };
  for (const [name, value] of Object.entries(json)) {
    const column = columnOf(name);
    if (column === undefined || value === null) continue;
    if (typeof value !== 'string') return { fault: `${name} is no text.` };
    device[column] = value;
  }
  return { device };
}
