import * as v from 'valibot';

/** A row that no push could be made of. */
const refusedRow = v.object({ line: v.number(), reason: v.string() });

export const tallySchema = v.object({
  /** All below, added up. */
  rows: v.number(),
  /** Pushes that the queue has. */
  enqueued: v.number(),
  /** Rows whose push another row had already. */
  duplicates: v.number(),
  /** Rows that the plan leaves out. */
  filtered: v.number(),
  /** Rows that no push could be made of. */
  refused: v.number(),
  /** The first of these, in full. */
  refusedRows: v.array(refusedRow),
});

/** What became of the rows of a list, or of a part of it. */
export type Tally = v.InferOutput<typeof tallySchema>;

/** So many refused rows are told in full. */
const toldRows = 100;

export const emptyTally = {
  rows: 0,
  enqueued: 0,
  duplicates: 0,
  filtered: 0,
  refused: 0,
  refusedRows: [],
} as const satisfies Tally;

/** A tally that can be added to. */
export interface Count {
  readonly enqueue: () => void;
  readonly duplicate: () => void;
  readonly filter: () => void;
  readonly refuse: (line: number, reason: string) => void;
  /** The tally so far. */
  readonly tally: () => Tally;
}

/** Counts on from a tally. */
export function countFrom(begun: Tally): Count {
  let { rows, enqueued, duplicates, filtered, refused } = begun;
  const refusedRows = [...begun.refusedRows];
  return {
    enqueue() {
      rows += 1;
      enqueued += 1;
    },
    duplicate() {
      rows += 1;
      duplicates += 1;
    },
    filter() {
      rows += 1;
      filtered += 1;
    },
    refuse(line, reason) {
      rows += 1;
      refused += 1;
      if (refusedRows.length < toldRows) refusedRows.push({ line, reason });
    },
    tally: () => ({ rows, enqueued, duplicates, filtered, refused, refusedRows: [...refusedRows] }),
  };
}

/** The tally alone, of something that has one among other things. */
export function tallyOf({ rows, enqueued, duplicates, filtered, refused, refusedRows }: Tally): Tally {
  return { rows, enqueued, duplicates, filtered, refused, refusedRows };
}

/** The tallies of several parts as one. */
export function addTallies(tallies: readonly Tally[]): Tally {
  const sum = (name: Exclude<keyof Tally, 'refusedRows'>) => tallies.reduce((total, tally) => total + tally[name], 0);
  return {
    rows: sum('rows'),
    enqueued: sum('enqueued'),
    duplicates: sum('duplicates'),
    filtered: sum('filtered'),
    refused: sum('refused'),
    refusedRows: tallies
      .flatMap(({ refusedRows }) => refusedRows)
      .sort((a, b) => a.line - b.line)
      .slice(0, toldRows),
  };
}
