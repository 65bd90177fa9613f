import { CsvError, parse } from 'csv-parse/sync';
import { columnOf, type Column } from './columns.ts';
import type { Lines } from './lines.ts';
import { ListError, type Row } from './rows.ts';

/** Which column is which. */
type Header = readonly (Column | undefined)[];

/** A line of a CSV text: its fields, or why they can't be told. */
type CsvLine = { readonly line: number } & ({ readonly fields: readonly string[] } | { readonly fault: string });

/** A reader of the rows of a CSV text whose first line names its columns. What it gives throws ListError. */
export function createCsvReader(): (piece: Lines) => Row[] {
  let header: Header | undefined;
  return (piece) => {
    const rows: Row[] = [];
    for (const line of readLines(piece)) {
      if (header === undefined) header = readHeader(line);
      else rows.push(readRow(line, header));
    }
    return rows;
  };
}

function readLines({ lines, firstLine }: Lines): CsvLine[] {
  // Without a quote there is nothing to parse. Nearly every list is so, and each tick reads all of it: the parser would
  // make that three times as dear.
  const isPlain = !lines.some((line) => line?.includes('"') === true);
  const fields = isPlain ? lines.map((line) => line?.split(',')) : parseQuoted(lines.map((line) => line ?? ''));
  return fields.flatMap((ofLine, index): CsvLine[] => {
    const line = firstLine + index;
    if (lines[index] === undefined) return [{ line, fault: 'The line is too long.' }];
    if (ofLine === undefined) return [{ line, fault: 'The quotes are not as CSV has them.' }];
    return lines[index] === '' ? [] : [{ line, fields: ofLine }];
  });
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
