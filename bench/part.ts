/** A part of the bench: one question, put to the deployed bundles and to their alternatives in the same run. */
export interface Part {
  readonly name: string;
  readonly title: string;
  readonly run: (options: PartOptions) => Promise<PartResult>;
}

export interface PartOptions {
  /** 1 for figures worth publishing, less for a quick look. */
  readonly effort: number;
  /** The environment of the bench, for what it starts as a person would. */
  readonly environment: NodeJS.ProcessEnv;
  /** The results of the parts that ran before. */
  readonly measured: ReadonlyMap<string, PartResult>;
}

export interface PartResult {
  readonly figures: readonly Figure[];
  readonly goals: readonly Goal[];
  /** What a reader of the figures needs to know. */
  readonly notes: readonly string[];
}

/** One measure of one contender: the median over the rounds, and the quartiles. */
export interface Figure {
  readonly contender: string;
  readonly measure: string;
  readonly unit: string;
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
}

/** A bound for a value, mostly for a ratio to the floor in the same rounds. */
export interface Goal {
  readonly goal: string;
  readonly value: number;
  readonly atMost?: number;
  readonly atLeast?: number;
}

export function isHeld({ value, atMost, atLeast }: Goal): boolean {
  return (atMost === undefined || value <= atMost) && (atLeast === undefined || value >= atLeast);
}

/** A number of rounds or invocations: `full` at effort 1, and at least one. */
export function scaled(full: number, effort: number): number {
  return Math.max(1, Math.round(full * effort));
}

/**
 * Whether the effort is so little that a part only shows that it runs: its figures mean nothing, so it has no warm-up and
 * measures what it can by the smallest number.
 */
export function isTrial(effort: number): boolean {
  return effort < 0.1;
}

/** A number of rounds before the measured ones. Less effort does not shorten a warm-up, but a trial has none. */
export function warmUpsOf(full: number, effort: number): number {
  return isTrial(effort) ? 0 : full;
}

/**
 * How many times a part starts new processes of each contender. Two processes of one bundle can differ by a tenth for as
 * long as they live.
 */
export function generationsOf(effort: number): number {
  return scaled(4, Math.min(1, effort));
}
