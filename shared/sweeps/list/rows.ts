import { parse } from 'csv-parse/sync';
import type { ListedDevice } from './device.ts';
import { ListError, readLines, type CreateGunzip, type Lines } from './lines.ts';

export type Row<C extends string = Column> = { readonly line: number } & RowContent<C>;
type RowContent<C extends string> = { readonly device: Readonly<Record<C, string>> } | { readonly fault: string };

/** Rows in the order of their lines. */
export interface Rows<C extends string = Column> {
  readonly rows: readonly Row<C>[];
  /** The last line that has been read. */
  readonly throughLine: number;
}

type Column = keyof ListedDevice;

/** The columns that a list can have. An empty text means that there is no value. */
export interface ListFormat<C extends string> {
  /** By their names in lower case. */
  readonly columns: ReadonlyMap<string, C>;
  /** Columns that a list must have, each with its names for people. */
  readonly required: ReadonlyMap<C, string>;
  readonly emptyRow: () => Record<C, string>;
}

/** The names of columns are those of the gateway's parameters, and those of an export from SIPIS. */
export const deviceListFormat: ListFormat<Column> = {
  columns: new Map<string, Column>([
    ['appid', 'appId'],
    ['devicetoken', 'deviceToken'],
    ['token', 'deviceToken'],
    ['selector', 'selector'],
    ['lastseen', 'lastSeen'],
  ]),
  required: new Map<Column, string>([
    ['appId', 'AppId (or appid)'],
    ['deviceToken', 'DeviceToken (or token)'],
  ]),
  emptyRow: () => ({ appId: '', deviceToken: '', selector: '', lastSeen: '' }),
};

/** Reads a list of devices, with the columns that a sweep needs. @throws ListError */
export function readRows(bytes: AsyncIterable<Uint8Array>, createGunzip?: CreateGunzip): AsyncGenerator<Rows> {
  return readRowsOf(bytes, deviceListFormat, createGunzip);
}

/**
 * Reads a list as a stream: CSV with a header or JSON Lines, plain or gzip, detected by the content. A row is one line,
 * so that a quote that is never closed spoils no other row; no token and no selector contains a line break.
 * @throws ListError
 */
export async function* readRowsOf<C extends string>(
  bytes: AsyncIterable<Uint8Array>,
  format: ListFormat<C>,
  createGunzip?: CreateGunzip,
): AsyncGenerator<Rows<C>> {
  let read: ((piece: Lines) => Row<C>[]) | undefined;
  for await (const piece of readLines(bytes, createGunzip)) {
    const { lines, firstLine } = piece;
    if (lines.every((line) => line?.trim() === '')) continue;
    const first = lines.find((line) => line?.trim() !== '') ?? '';
    read ??= readerOf(first, format);
    yield { rows: read(piece), throughLine: firstLine + lines.length - 1 };
  }
  if (read === undefined) throw new ListError('The list is empty.');
}

/** The reader for a list with this first line. @throws ListError */
function readerOf<C extends string>(first: string, format: ListFormat<C>): (piece: Lines) => Row<C>[] {
  if (first.startsWith('PK\u0003\u0004')) {
    throw new ListError('The list is an Excel workbook or another ZIP file: save it as CSV in UTF-8.');
  }
  if (first.includes('\u0000')) throw new ListError('The list is UTF-16, or not text at all: save it as CSV in UTF-8.');
  if (first.trimStart().startsWith('{')) return (piece) => readJsonRows(piece, format);
  if (first.trimStart().startsWith('[')) {
    throw new ListError('The list is a JSON array: write one object per line (JSON Lines), such as with jq -c ".[]".');
  }
  // Such as a spreadsheet writes it where the decimal mark is a comma.
  const between = first.includes(',') ? [] : first.replaceAll('"', '').split(';');
  if (between.length > 1 && between.some((name) => columnOf(name, format.columns) !== undefined)) {
    throw new ListError('The list has semicolons between its columns: save it as CSV with commas.');
  }
  return createCsvReader(format);
}

const tooLong = { fault: 'The line is too long.' } as const;

function readJsonRows<C extends string>({ lines, firstLine }: Lines, format: ListFormat<C>): Row<C>[] {
  return lines.flatMap((text, index) =>
    text?.trim() === ''
      ? []
      : { line: firstLine + index, ...(text === undefined ? tooLong : readJsonRow(text, format)) },
  );
}

function readJsonRow<C extends string>(text: string, { columns, emptyRow }: ListFormat<C>): RowContent<C> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { fault: 'The line is not JSON.' };
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return { fault: 'The line is not a JSON object.' };
  }
  const device = emptyRow();
  const names = new Map<C, string>();
  for (const [name, value] of Object.entries(json)) {
    const column = columnOf(name, columns);
    if (column === undefined || value === null) continue;
    if (typeof value !== 'string') return { fault: `${name} is not a string.` };
    const before = names.get(column);
    if (before !== undefined) return { fault: sameColumn(before, name) };
    names.set(column, name);
    device[column] = value;
  }
  return { device };
}

type Header<C extends string> = readonly (C | undefined)[];
type Fields = readonly string[];

function createCsvReader<C extends string>(format: ListFormat<C>): (piece: Lines) => Row<C>[] {
  let header: Header<C> | undefined;
  return ({ lines, firstLine }) => {
    const rows: Row<C>[] = [];
    for (const [index, fields] of splitLines(lines).entries()) {
      if (lines[index] === '') continue;
      if (header === undefined) header = readHeader(fields, format);
      else rows.push({ line: firstLine + index, ...('fault' in fields ? fields : readCsvRow(fields, header, format)) });
    }
    return rows;
  };
}

/** The fields of each line, or why it has none. */
function splitLines(lines: Lines['lines']): (Fields | { readonly fault: string })[] {
  // Nearly all lists have no quotes, and each tick reads the whole list: the parser takes three times as long.
  const isPlain = !lines.some((line) => line?.includes('"') === true);
  const split = isPlain ? lines.map((line) => line?.split(',')) : parseQuoted(lines.map((line) => line ?? ''));
  return split.map((fields, index) => {
    if (lines[index] === undefined) return tooLong;
    return fields ?? { fault: 'The quotes are not valid CSV.' };
  });
}

/** The fields of each line; `undefined` if its quotes are broken. */
function parseQuoted(lines: readonly string[]): (Fields | undefined)[] {
  const together = parseCsv(lines.join('\n'));
  // A quote that is not closed may end at the next one, several lines later: then there are fewer rows than lines.
  if (together?.length === lines.length) return together;
  return lines.map((line) => parseCsv(line)?.[0]);
}

function parseCsv(text: string): string[][] | undefined {
  try {
    return parse(text, { record_delimiter: '\n', relax_column_count: true });
  } catch {
    return undefined;
  }
}

function readHeader<C extends string>(
  fields: Fields | { readonly fault: string },
  { columns, required }: ListFormat<C>,
): Header<C> {
  if ('fault' in fields) throw new ListError(`The first line of the list must name its columns. ${fields.fault}`);
  const header = fields.map((field) => columnOf(field, columns));
  const missing = [...required].filter(([column]) => !header.includes(column)).map(([, names]) => `no column ${names}`);
  if (missing.length > 0) {
    // Without a header the first line is a device, whose token must not be shown.
    const found = missing.length < required.size ? fields.map((field) => field.trim()).join(', ') : numbered(fields);
    throw new ListError(
      `The list has ${missing.join(' and ')}: its first line must name its columns, separated by commas, and has ${found}.`,
    );
  }
  for (const [index, column] of header.entries()) {
    const first = column === undefined ? index : header.indexOf(column);
    if (first !== index) throw new ListError(sameColumn(fields[first] ?? '', fields[index] ?? ''));
  }
  return header;
}

/** The column with a name; `undefined` for a column that is not read. */
function columnOf<C extends string>(name: string, columns: ListFormat<C>['columns']): C | undefined {
  return columns.get(name.trim().toLowerCase());
}

function sameColumn(first: string, second: string): string {
  return `${first.trim()} and ${second.trim()} are the same column: leave one out.`;
}

function numbered({ length }: Fields): string {
  return length === 1 ? '1 field' : `${String(length)} fields`;
}

function readCsvRow<C extends string>(fields: Fields, header: Header<C>, { emptyRow }: ListFormat<C>): RowContent<C> {
  if (fields.length !== header.length) {
    return { fault: `The row has ${numbered(fields)}, the header has ${String(header.length)}.` };
  }
  const device = emptyRow();
  for (const [index, column] of header.entries()) {
    if (column !== undefined) device[column] = fields[index] ?? '';
  }
  return { device };
}
