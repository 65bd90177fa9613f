/** Whole lines of a list, without their ends. */
export interface Lines {
  /** `undefined` for a line that was too long to be kept. */
  readonly lines: readonly (string | undefined)[];
  /** The number of the first of them, from 1. */
  readonly firstLine: number;
}

/** Far beyond any row with a push's worth of columns; what has no end must not be gathered for ever. */
const maxLineCharacters = 65_536;

/**
 * Cuts the bytes of a text into lines, in pieces as they come. What is not UTF-8 becomes U+FFFD, a byte order mark is
 * left out.
 */
export async function* inLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Lines> {
  const decoder = new TextDecoder();
  const cutter = createCutter();
  for await (const chunk of chunks) {
    const piece = cutter.cut(decoder.decode(chunk, { stream: true }));
    if (piece.lines.length > 0) yield piece;
  }
  const rest = cutter.cut(decoder.decode());
  const last = cutter.end();
  if (rest.lines.length > 0) yield rest;
  if (last.lines.length > 0) yield last;
}

interface Cutter {
  /** The lines that end in a text. */
  readonly cut: (text: string) => Lines;
  /** The last line, where it has no end. */
  readonly end: () => Lines;
}

function createCutter(): Cutter {
  let firstLine = 1;
  /** The beginning of a line whose end has not come yet, or that it was too long. */
  let begun: string | undefined = '';
  return {
    cut(text) {
      const lines: (string | undefined)[] = ((begun ?? '') + text).split('\n');
      const rest = lines.pop() ?? '';
      if (begun === undefined && lines.length > 0) {
        lines[0] = undefined;
        begun = rest;
      } else if (begun !== undefined) begun = rest;
      if (begun !== undefined && begun.length > maxLineCharacters) begun = undefined;
      const piece = { lines: lines.map(withoutEnd), firstLine };
      firstLine += lines.length;
      return piece;
    },
    end: () => ({ lines: begun === '' ? [] : [withoutEnd(begun)], firstLine }),
  };
}

function withoutEnd(line: string | undefined): string | undefined {
  if (line === undefined || line.length > maxLineCharacters) return undefined;
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
