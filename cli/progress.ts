import { widthOf, type Output } from './cli-context.ts';

/** Shows how far a command has come. */
export interface Progress {
  /** @param total the best estimate so far. */
  readonly show: (done: number, total: number, words: string) => void;
  /** Prints a remark on a line of its own. */
  readonly say: (line: string) => void;
  /** Erases the bar of a terminal. Elsewhere prints the last state. */
  readonly end: () => void;
}

const redrawMs = 100;
const lineMs = 5000;
const barCharacters = 24;

/** A bar on a terminal; a line every 5 s on any other output. */
export function createProgress(output: Output, now: () => number): Progress {
  return output.isTTY === true ? barOn(output, now) : linesOn(output, now);
}

function barOn(output: Output, now: () => number): Progress {
  const eraseLine = '\r\u001B[K';
  let drawnAt = -Infinity;
  let isDrawn = false;
  const erase = () => {
    if (isDrawn) output.write(eraseLine);
    isDrawn = false;
  };
  return {
    show(done, total, words) {
      // The last state is always drawn: it may stay on the screen for a while.
      if (done < total && now() - drawnAt < redrawMs) return;
      drawnAt = now();
      const filled = total === 0 ? 0 : Math.round((Math.min(done, total) / total) * barCharacters);
      const bar = '█'.repeat(filled) + '░'.repeat(barCharacters - filled);
      // A line that wraps cannot be erased.
      const line = `${bar}  ${words}`.slice(0, (widthOf(output) ?? 80) - 1);
      output.write(`${eraseLine}${line}`);
      isDrawn = true;
    },
    say(line) {
      erase();
      output.write(`${line}\n`);
    },
    end: erase,
  };
}

function linesOn(output: Output, now: () => number): Progress {
  let printedAt = now();
  let printed = '';
  let last = '';
  const print = () => {
    if (last === printed) return;
    output.write(`${last}\n`);
    printed = last;
    printedAt = now();
  };
  return {
    show(_done, _total, words) {
      last = words;
      if (now() - printedAt >= lineMs) print();
    },
    say(line) {
      output.write(`${line}\n`);
    },
    end: print,
  };
}
