/** Control characters and those that turn the direction of writing: on a terminal they would act, not show. */
const unprintable = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** Text of others as it may be put on a terminal: what would act there is shown as `\u{1b}`. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/**
 * Lines with aligned columns, the titles first. The last column is not padded, and cut where lines would grow longer
 * than `width`.
 */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width = Infinity): string[] {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => row.map(printable))];
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => lengthOf(cells[index] ?? ''))));
  const last = columns.length - 1;
  const before = widths.slice(0, last).reduce((sum, columnWidth) => sum + columnWidth + gap.length, 0);
  // A terminal that is too narrow for anything breaks its lines, but a little of the last column must be there.
  const lastWidth = Math.max(20, width - before);
  return lines.map((cells) =>
    cells
      .map((cell, index) => {
        const isRight = columns[index]?.align === 'right';
        if (index === last && !isRight) return cut(cell, lastWidth);
        const padding = ' '.repeat(Math.max(0, (widths[index] ?? 0) - lengthOf(cell)));
        return isRight ? padding + cell : cell + padding;
      })
      .join(gap)
      .trimEnd(),
  );
}

const gap = '  ';

function lengthOf(text: string): number {
  return Array.from(text).length;
}

function cut(text: string, width: number): string {
  return lengthOf(text) <= width
    ? text
    : `${Array.from(text)
        .slice(0, width - 1)
        .join('')}…`;
}
