import { CsvError, parse } from 'csv-parse/sync';
import { columnOf, type Column } from './columns.ts';
import type { Lines } from './lines.ts';
import { ListError, type Row, type Rows } from './rows.ts';

/** Which column is which. */
type Header = readonly (Column | undefined)[];

/** A line of a CSV text: its fields, or why they can't be told. */
type CsvLine = { readonly line: number } & ({ readonly fields: readonly string[] } | { readonly fault: string });

/** Reads the rows of a CSV text whose first line names its columns. @throws ListError */
export async function* readCsvRows(pieces: AsyncIterable<Lines>): AsyncGenerator<Rows> {
  let header: Header | undefined;
  for await (const piece of pieces) {
    const lines = readLines(piece);
    const rows: Row[] = [];
    for (const line of lines) {
      if (header === undefined) header = readHeader(line);
      else rows.push(readRow(line, header));
    }
    yield { rows, throughLine: piece.firstLine + piece.count - 1 };
  }
}

const quote = 0x22;

function readLines({ text, firstLine, tooLong }: Lines): CsvLine[] {
  const isPlain = !text.includes(quote);
  const lines = text.toString('utf8').split('\n').map(withoutReturn);
  // Behind the last line feed there is nothing, unless the list ends without one.
  if (lines.at(-1) === '') lines.pop();
  const read = isPlain ? lines.map(splitPlain) : parseQuoted(lines);
  return read.flatMap((fields, index): CsvLine[] => {
    const line = firstLine + index;
    if (tooLong.includes(line)) return [{ line, fault: 'The line is too long.' }];
    if (fields === undefined) return [{ line, fault: 'The quotes are not as CSV has them.' }];
    return fields.length === 1 && fields[0] === '' ? [] : [{ line, fields }];
  });
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/**
 * Without a quote there is nothing to parse. Nearly every list is so, and each tick reads all of it: the parser would
 * make that three times as dear.
 */
function splitPlain(line: string): string[] {
  return line.split(',');
}

/** The fields of each line, or `undefined` where its quotes are broken. */
function parseQuoted(lines: readonly string[]): (readonly string[] | undefined)[] {
  const together = parseLines(lines.join('\n'));
  // A quote that is not closed goes on to the next one, rows away, and may well find it: then there are fewer rows.
  if (together?.length === lines.length) return together;
  return lines.map((line) => (line === '' ? [''] : parseLines(line)?.[0]));
}

function parseLines(text: string): string[][] | undefined {
  try {
    return parse(text, { record_delimiter: '\n', relax_column_count: true });
  } catch (error) {
    if (error instanceof CsvError) return undefined;
    throw error;
  }
}

function readHeader(line: CsvLine): Header {
  if ('fault' in line) throw new ListError(`The first line of the list must name its columns. ${line.fault}`);
  const columns = line.fields.map(columnOf);
  const missing = [
    ...(columns.includes('appId') ? [] : ['AppId (or appid)']),
    ...(columns.includes('deviceToken') ? [] : ['DeviceToken (or token)']),
  ];
  if (missing.length > 0) {
    // A list without a header begins with a device, whose token must not be told.
    const found = line.fields.length === 1 ? 'one field' : `${String(line.fields.length)} fields`;
    throw new ListError(
      `The list has no column ${missing.join(' and none ')}: its first line must name its columns, with commas between them, and has ${found}.`,
    );
  }
  const twice = columns.find((column, index) => column !== undefined && columns.indexOf(column) !== index);
  if (twice !== undefined) throw new ListError(`The list has two columns for ${twice}: leave one out.`);
  return columns;
}

function readRow(line: CsvLine, columns: Header): Row {
  if ('fault' in line) return line;
  const { fields } = line;
  if (fields.length !== columns.length) {
    const fault = `The row has ${String(fields.length)} fields, the header ${String(columns.length)}.`;
    return { line: line.line, fault };
  }
  const device = { appId: '', deviceToken: '', selector: '', lastSeen: '' };
  for (const [index, column] of columns.entries()) {
    if (column !== undefined) device[column] = fields[index] ?? '';
  }
  return { line: line.line, device };
}
