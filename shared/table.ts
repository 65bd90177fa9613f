/** Control characters and characters that change the writing direction: a terminal would obey them. */
const unprintable = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** Text from outside, safe for a terminal: escape characters become visible, such as `\u{1b}`. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The title of a column, which is aligned on the left, or on the right for `{ right: title }`. */
type Column = string | { readonly right: string };

type Row = readonly (string | number | undefined)[];

const gap = '  ';

/**
 * Lines with aligned columns, the titles first. Lines longer than `width` are cut in the last column, of which at
 * least 20 characters stay.
 */
export function table(columns: readonly Column[], rows: readonly Row[], width = Infinity): string[] {
  const titles = columns.map((column) => (typeof column === 'string' ? column : column.right));
  const lines = [titles, ...rows.map((row) => row.map((cell) => printable(String(cell ?? ''))))];
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => lengthOf(cells[index] ?? ''))));
  const last = columns.length - 1;
  const before = widths.slice(0, last).reduce((sum, columnWidth) => sum + columnWidth + gap.length, 0);
  const lastWidth = Math.max(20, width - before);
  return lines.map((cells) =>
    cells
      .map((cell, index) => {
        const padding = ' '.repeat(Math.max(0, (widths[index] ?? 0) - lengthOf(cell)));
        if (typeof columns[index] === 'object') return padding + cell;
        return index === last ? cut(cell, lastWidth) : cell + padding;
      })
      .join(gap)
      .trimEnd(),
  );
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}

function cut(text: string, width: number): string {
  const characters = Array.from(text);
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}
