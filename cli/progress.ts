import { widthOf, type Output } from './surroundings.ts';

/** How far something is. */
export interface Progress {
  /** @param total as far as it is known. */
  readonly show: (done: number, total: number, words: string) => void;
  /** A remark, on a line of its own. */
  readonly say: (line: string) => void;
  /** Takes the bar away; in a pipe, prints how far it came. */
  readonly end: () => void;
}

const redrawMs = 100;
const lineMs = 5000;
const barCharacters = 24;

/** Progress as a bar on a terminal, as a line now and then anywhere else. */
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
      // What may be the last of it is drawn at once: there may be nothing more to show for a while.
      if (done < total && now() - drawnAt < redrawMs) return;
      drawnAt = now();
      const filled = total === 0 ? 0 : Math.round((Math.min(done, total) / total) * barCharacters);
      const bar = '█'.repeat(filled) + '░'.repeat(barCharacters - filled);
      // A line that breaks could not be erased again.
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
