import { describe, expect, it } from 'vitest';
import { createProgress } from '../../cli/progress.ts';

function recorded(isTTY: boolean) {
  let written = '';
  let time = 0;
  const output = { isTTY, columns: 60, write: (text: string) => (written += text) };
  const progress = createProgress(output, () => time);
  return {
    progress,
    pass: (ms: number) => (time += ms),
    written: () => written,
  };
}

describe('progress', () => {
  it('draws one bar on a terminal, narrower than the terminal, and erases it at the end', () => {
    const { progress, pass, written } = recorded(true);
    progress.show(1, 4, 'a quarter');
    expect(written()).toContain('██████░░░░░░░░░░░░░░░░░░  a quarter');
    pass(50);
    progress.show(2, 4, 'too soon to be drawn');
    expect(written()).not.toContain('too soon');
    pass(50);
    progress.show(4, 4, 'all'.repeat(100));
    progress.say('a remark');
    progress.end();
    expect(written()).toMatch(/a remark\n$/);
    expect(written()).not.toMatch(/\n.*\n/);
    for (const drawn of written().split('\r\u001B[K')) expect(drawn.split('\n')[0]?.length).toBeLessThan(60);
  });

  it('prints a line every five seconds and one at the end on other outputs', () => {
    const { progress, pass, written } = recorded(false);
    progress.show(1, 4, 'one');
    pass(4999);
    progress.show(2, 4, 'two');
    expect(written()).toBe('');
    pass(1);
    progress.show(3, 4, 'three');
    expect(written()).toBe('three\n');
    pass(1);
    progress.show(4, 4, 'four');
    progress.end();
    progress.end();
    expect(written()).toBe('three\nfour\n');
  });
});
