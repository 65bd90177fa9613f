import { describe, expect, it } from 'vitest';
import { printable, table } from '../../shared/table.ts';

describe('table', () => {
  const columns = ['id', { right: 'n' }, 'words'];

  it('aligns its columns and adds no blanks at the end of a line', () => {
    const rows = [
      ['a', '1', 'Größe 👍'],
      ['long', '1000', ''],
    ];
    expect(table(columns, rows)).toEqual(['id       n  words', 'a        1  Größe 👍', 'long  1000']);
  });

  it('cuts the last column of a line that is wider than the terminal', () => {
    const [, row = ''] = table(columns, [['a', '1', 'x'.repeat(100)]], 40);
    expect(row).toHaveLength(40);
    expect(row).toMatch(/x…$/);
  });

  it('keeps 20 characters of the last column on a narrow terminal', () => {
    expect(table(columns, [['a', '1', 'x'.repeat(100)]], 1)[1]).toBe(`a   1  ${'x'.repeat(19)}…`);
  });

  it('makes control characters visible, so that they do not control the terminal', () => {
    expect(printable('a\u001B[2Jb\r\n\u009B\u202Ec')).toBe('a\\u{1b}[2Jb\\u{d}\\u{a}\\u{9b}\\u{202e}c');
    expect(table(columns, [['\u001B[31m', '', '']]).join('')).not.toContain('\u001B');
  });
});
