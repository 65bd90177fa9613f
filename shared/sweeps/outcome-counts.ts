import * as v from 'valibot';

/** How the pushes of a run ended: of one batch of `deliver`, or in all. */
export const outcomeCounts = v.object({
  plan: v.string(),
  run: v.string(),
  delivered: v.number(),
  /** By reason. Any text, because a newer `deliver` may know more reasons. */
  givenUp: v.record(v.string(), v.number()),
});
export type OutcomeCounts = v.InferOutput<typeof outcomeCounts>;

/** What ticks have counted of a run. */
export const outcomesRecord = v.object({
  ...outcomeCounts.entries,
  /** The tick that counted last, and when. */
  owner: v.string(),
  countedAt: v.string(),
});
export type OutcomesRecord = v.InferOutput<typeof outcomesRecord>;

/** Adds counts of one run. */
export function addOutcomeCounts(all: readonly OutcomeCounts[]): Pick<OutcomeCounts, 'delivered' | 'givenUp'> {
  const givenUp: Record<string, number> = {};
  for (const counts of all) {
    for (const [reason, count] of Object.entries(counts.givenUp)) givenUp[reason] = (givenUp[reason] ?? 0) + count;
  }
  return { delivered: all.reduce((sum, { delivered }) => sum + delivered, 0), givenUp };
}
