/** Whole lines of a list. */
export interface Lines {
  /** The lines with their ends; the very last may have none. */
  readonly text: Buffer;
  /** The number of the first of them, from 1. */
  readonly firstLine: number;
  readonly count: number;
  /** Lines that were too long to be kept; an empty one stands in the place of each. */
  readonly tooLong: readonly number[];
}

/** Far beyond any row with a push's worth of columns; what has no end must not be gathered for ever. */
const maxLineBytes = 65_536;

const lineFeed = 0x0a;

/** Cuts a text into pieces of whole lines, as they come. */
export async function* inLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Lines> {
  let firstLine = 1;
  let rest: Buffer = Buffer.alloc(0);
  let isSkipping = false;
  for await (const chunk of chunks) {
    const lastEnd = chunk.lastIndexOf(lineFeed);
    if (lastEnd === -1) {
      if (!isSkipping) rest = Buffer.concat([rest, chunk]);
      if (rest.length > maxLineBytes) {
        isSkipping = true;
        rest = Buffer.alloc(0);
      }
      continue;
    }
    const whole = isSkipping
      ? chunk.subarray(chunk.indexOf(lineFeed), lastEnd + 1)
      : Buffer.concat([rest, chunk.subarray(0, lastEnd + 1)]);
    const lines = withoutLongLines(whole, firstLine, isSkipping);
    yield lines;
    firstLine += lines.count;
    isSkipping = false;
    rest = Buffer.from(chunk.subarray(lastEnd + 1));
  }
  if (isSkipping) yield { text: Buffer.from('\n'), firstLine, count: 1, tooLong: [firstLine] };
  else if (rest.length > 0) yield { text: rest, firstLine, count: 1, tooLong: [] };
}

function withoutLongLines(text: Buffer, firstLine: number, isFirstSkipped: boolean): Lines {
  const tooLong = isFirstSkipped ? [firstLine] : [];
  const kept: Buffer[] = [];
  let count = 0;
  let keptTo = 0;
  for (let start = 0; start < text.length; count += 1) {
    const end = text.indexOf(lineFeed, start);
    if (end - start > maxLineBytes) {
      tooLong.push(firstLine + count);
      kept.push(text.subarray(keptTo, start));
      keptTo = end;
    }
    start = end + 1;
  }
  return {
    text: kept.length === 0 ? text : Buffer.concat([...kept, text.subarray(keptTo)]),
    firstLine,
    count,
    tooLong,
  };
}
