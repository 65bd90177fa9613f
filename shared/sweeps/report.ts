import * as v from 'valibot';
import { tallySchema } from './tally.ts';

/** The list that was read: its key, and what it was at that time. */
export const listSchema = v.object({ key: v.string(), etag: v.string(), bytes: v.number() });

const common = {
  plan: v.string(),
  run: v.string(),
  verb: v.string(),
  /** ISO 8601: when the pushes are due, and when the work on them began and ended. */
  dueFrom: v.string(),
  dueTo: v.string(),
  startedAt: v.string(),
  finishedAt: v.string(),
  ...tallySchema.entries,
};

/** What was done in a slice. Its being there says that the slice is done. */
export const sliceReport = v.object({
  ...common,
  /** From 0, of so many. */
  slice: v.number(),
  slices: v.number(),
  list: listSchema,
  /** How many ticks worked on it: more than one where one was cut short. */
  ticks: v.number(),
});
export type SliceReport = v.InferOutput<typeof sliceReport>;

/** What was done in a run. Its being there says that the run has ended. */
export const runSummary = v.object({ ...common, slices: v.number() });
export type RunSummary = v.InferOutput<typeof runSummary>;

/** Why a plan is not worked on. */
export const faultsReport = v.object({
  plan: v.string(),
  /** Of the plan that was read. */
  etag: v.string(),
  at: v.string(),
  faults: v.array(v.object({ property: v.optional(v.string()), detail: v.string() })),
});
export type FaultsReport = v.InferOutput<typeof faultsReport>;

/** A part of a slice that one reading of the list works on. */
const pass = v.object({
  /** The places of its devices. */
  from: v.number(),
  to: v.number(),
  /** Rows up to this line have been dealt with, and are read again only to know their devices. */
  throughLine: v.number(),
});
export type Pass = v.InferOutput<typeof pass>;

/** How far a slice is, and who works on it. */
export const sliceProgress = v.object({
  owner: v.string(),
  /** ISO 8601: when nobody can be working on it any more. */
  until: v.string(),
  startedAt: v.string(),
  dueFrom: v.string(),
  dueTo: v.string(),
  ticks: v.number(),
  list: listSchema,
  passes: v.array(pass),
  ...tallySchema.entries,
});
export type SliceProgress = v.InferOutput<typeof sliceProgress>;

/** Reports are read by people as well. */
export function encodeReport(report: SliceReport | RunSummary | FaultsReport | SliceProgress): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

/** Reads a report; `undefined` for what is none. */
export function parseReport<S extends v.GenericSchema>(schema: S, text: string): v.InferOutput<S> | undefined {
  try {
    const read = v.safeParse(schema, JSON.parse(text));
    return read.success ? read.output : undefined;
  } catch {
    return undefined;
  }
}
