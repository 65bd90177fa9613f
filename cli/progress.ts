import { widthOf, type Output } from './cli-context.ts';

export type Progress = ReturnType<typeof createProgress>;

const barCharacters = 24;

/** Shows how far a command has come: a bar on a terminal; a line every 5 s on any other output. */
export function createProgress(output: Output, now: () => number) {
  const isTerminal = output.isTTY === true;
  const eraseLine = isTerminal ? '\r\u001B[K' : '';
  let shownAt = isTerminal ? -Infinity : now();
  let latest = '';
  let shown = '';
  const print = (line: string) => {
    shown = line;
    shownAt = now();
    output.write(isTerminal ? `${eraseLine}${line}` : `${line}\n`);
  };
  const erase = () => {
    if (isTerminal && shown !== '') output.write(eraseLine);
    if (isTerminal) shown = '';
  };
  return {
    /** @param total the best estimate so far. */
    show: (done: number, total: number, words: string) => {
      // A line that wraps cannot be erased.
      latest = isTerminal ? `${barOf(done, total)}  ${words}`.slice(0, (widthOf(output) ?? 80) - 1) : words;
      // A complete bar is always drawn: it may stay on the screen for a while.
      if (now() - shownAt >= (isTerminal ? 100 : 5000) || (isTerminal && done >= total)) print(latest);
    },
    /** Prints a remark on a line of its own. */
    say: (line: string) => {
      erase();
      output.write(`${line}\n`);
    },
    /** Erases the bar of a terminal. Elsewhere prints the last state. */
    end: () => {
      if (!isTerminal && latest !== shown) print(latest);
      erase();
    },
  };
}

function barOf(done: number, total: number): string {
  const filled = total === 0 ? 0 : Math.round((Math.min(done, total) / total) * barCharacters);
  return '█'.repeat(filled) + '░'.repeat(barCharacters - filled);
}
