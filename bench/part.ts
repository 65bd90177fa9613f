/** A part of the bench: one question, asked of the real bundles and of what is put beside them in the same run. */
export interface Part {
  /** As it is called on the command line. */
  readonly name: string;
  readonly title: string;
  readonly run: (options: PartOptions) => Promise<PartResult>;
}

export interface PartOptions {
  /** 1 for figures to be told; less for a quick look, and much less for the test that it runs at all. */
  readonly effort: number;
  /** The environment of the bench itself, for what is started as a person starts it. */
  readonly environment: NodeJS.ProcessEnv;
  /** What other parts have measured in this run. */
  readonly measured: ReadonlyMap<string, PartResult>;
}

/** What a part measured. */
export interface PartResult {
  readonly figures: readonly Figure[];
  readonly goals: readonly Goal[];
  /** What is to be known to read the figures. */
  readonly notes: readonly string[];
}

/** One measure of one contender: its median over the rounds, and between which values half of the rounds lie. */
export interface Figure {
  readonly contender: string;
  readonly measure: string;
  readonly unit: string;
  readonly median: number;
  readonly lowerQuartile: number;
  readonly upperQuartile: number;
}

/** What a figure, mostly a ratio to a floor of the same rounds, should be. */
export interface Goal {
  readonly goal: string;
  readonly value: number;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** Whether a goal is held. */
export function isHeld({ value, atMost, atLeast }: Goal): boolean {
  return (atMost === undefined || value <= atMost) && (atLeast === undefined || value >= atLeast);
}
