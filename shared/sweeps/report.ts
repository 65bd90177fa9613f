import * as v from 'valibot';
import type { OutcomesRecord } from './outcome-counts.ts';
import { tallySchema } from './tally.ts';

/** Times are ISO 8601, because people read the reports too. */
const commonEntries = {
  plan: v.string(),
  run: v.string(),
  verb: v.string(),
  /** As in the plan: `registry`, or the key of the list. Reports of older versions lack it. */
  devices: v.optional(v.string()),
  slices: v.number(),
  /** When the pushes are due. */
  dueFrom: v.string(),
  dueTo: v.string(),
  startedAt: v.string(),
  ...tallySchema.entries,
};

const sliceEntries = {
  ...commonEntries,
  slice: v.number(),
  /** The version of the list that was read, or of the snapshot. The ETag is empty before there is a snapshot. */
  list: v.object({ key: v.string(), etag: v.string(), bytes: v.number() }),
  /** The number of ticks that worked on the slice: more than one if a tick was interrupted. */
  ticks: v.number(),
};

export const sliceProgress = v.object({
  ...sliceEntries,
  /** The tick that works on the slice. */
  owner: v.string(),
  /** When that tick can no longer be running. */
  until: v.string(),
  /** Rows up to this line of the list have been enqueued or counted. */
  throughLine: v.number(),
});
export type SliceProgress = v.InferOutput<typeof sliceProgress>;

/** The report of a slice. A slice is done when it has one. */
export const sliceReport = v.object({ ...sliceEntries, finishedAt: v.string() });
export type SliceReport = v.InferOutput<typeof sliceReport>;

/** The summary of a run. A run has ended when it has one. */
export const runSummary = v.object({ ...commonEntries, finishedAt: v.string() });
export type RunSummary = v.InferOutput<typeof runSummary>;

export const faultsReport = v.object({
  plan: v.string(),
  /** Of the plan that was read. */
  etag: v.string(),
  at: v.string(),
  faults: v.array(v.object({ property: v.optional(v.string()), detail: v.string() })),
});
export type FaultsReport = v.InferOutput<typeof faultsReport>;

export function encodeReport(report: SliceReport | RunSummary | FaultsReport | SliceProgress | OutcomesRecord): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

/** Reads a report; `undefined` if the text is missing or is not such a report. */
export function parseReport<S extends v.GenericSchema>(
  schema: S,
  stored: { readonly text: string } | undefined,
): v.InferOutput<S> | undefined {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), stored?.text);
  return read.success ? read.output : undefined;
}
