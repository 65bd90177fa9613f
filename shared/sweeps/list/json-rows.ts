import { columnOf } from './columns.ts';
import type { Lines } from './lines.ts';
import type { Row } from './rows.ts';

/** Reads the rows of JSON Lines: an object a line. */
export function readJsonRows({ lines, firstLine }: Lines): Row[] {
  const rows: Row[] = [];
  for (const [index, text] of lines.entries()) {
    const line = firstLine + index;
    if (text === undefined) rows.push({ line, fault: 'The line is too long.' });
    else if (text.trim() !== '') rows.push({ line, ...readJsonRow(text) });
  }
  return rows;
}

function readJsonRow(text: string) {
  let json: unknown;
  try {
    json = JSON.parse(text);
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
