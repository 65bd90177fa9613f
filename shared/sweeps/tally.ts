import * as v from 'valibot';

const countsSchema = v.object({
  /** The sum of the next five. */
  rows: v.number(),
  /** Pushes that are on the queue. */
  enqueued: v.number(),
  /** Rows with the same push as an earlier row. */
  duplicates: v.number(),
  /** Rows that the plan leaves out. */
  filtered: v.number(),
  /** Rows whose device is on the list `except` of the plan. */
  excluded: v.optional(v.number(), 0),
  /** Rows that cannot become a push. */
  refused: v.number(),
  /** Enqueued pushes beyond the number of devices that a slice remembers: duplicates among them are not detected. */
  unchecked: v.optional(v.number(), 0),
});

export const tallySchema = v.object({
  ...countsSchema.entries,
  refusedRows: v.array(v.object({ line: v.number(), reason: v.string() })),
});

/** The result of sweeping a list, or a part of it. */
export type Tally = v.InferOutput<typeof tallySchema>;

export type Counts = Readonly<v.InferOutput<typeof countsSchema>>;

/** Refused rows that a tally lists. */
export const maxRefusedRows = 100;

export function emptyTally(): Tally {
  return { rows: 0, enqueued: 0, duplicates: 0, filtered: 0, excluded: 0, refused: 0, unchecked: 0, refusedRows: [] };
}

/** The counts of an object that has further fields. */
export const countsOf = (totals: Counts): Counts => v.parse(countsSchema, totals);

/** The tally of an object that has further fields. */
export const tallyOf = (totals: Tally): Tally => v.parse(tallySchema, totals);

export function addTallies(tallies: readonly Tally[]): Tally {
  const total = emptyTally();
  for (const tally of tallies) {
    for (const counter of v.keyof(countsSchema).options) total[counter] += tally[counter];
    total.refusedRows.push(...tally.refusedRows);
  }
  const refusedRows = total.refusedRows.sort((a, b) => a.line - b.line).slice(0, maxRefusedRows);
  return { ...total, refusedRows };
}
