/** What is wrong with what happened, each with how often it happened. */
export type Violations = Readonly<Record<string, number>>;

/** Where something went wrong first. */
export interface Example {
  readonly push: number;
  /** Milliseconds since the start; `Infinity` for what shows at the end only. */
  readonly at: number;
}

/** The same of a device. */
export interface DeviceExample {
  readonly device: number;
  readonly at: number;
}

/** The same in words: the tick, the slice, the account, the minute or the figures that are wrong. */
export interface Detail {
  readonly words: string;
  /** Whose story shows it. */
  readonly slice?: number;
  readonly at: number;
}

/** What the rules find, in words. */
export interface Findings {
  readonly violations: Violations;
  /** The first push with which each thing went wrong, by the words for it. */
  readonly examples: Readonly<Record<string, Example>>;
  /** The first device with which each thing went wrong, by the words for it. */
  readonly deviceExamples: Readonly<Record<string, DeviceExample>>;
  /** What was wrong with each thing first, by the words for it. */
  readonly details: Readonly<Record<string, Detail>>;
  /** The moment of what is found next. */
  readonly setMoment: (at: number) => void;
  readonly violate: (what: string, push?: number) => void;
  readonly violateOfDevice: (what: string, device: number, words?: string) => void;
  /** Notes a violation that has no push or device, with what is wrong. */
  readonly violateIn: (what: string, detail: Omit<Detail, 'at'>) => void;
  /** Notes a push that is worth a look, without a violation. */
  readonly showExample: (what: string, push: number) => void;
}

export function createFindings(): Findings {
  const violations: Record<string, number> = {};
  const examples: Record<string, Example> = {};
  const deviceExamples: Record<string, DeviceExample> = {};
  const details: Record<string, Detail> = {};
  let moment = 0;
  const showExample = (what: string, push: number) => {
    if (push >= 0) examples[what] ??= { push, at: moment };
  };
  const count = (what: string) => {
    violations[what] = (violations[what] ?? 0) + 1;
  };
  return {
    violations,
    examples,
    deviceExamples,
    details,
    setMoment(at) {
      moment = at;
    },
    violate(what, push = -1) {
      count(what);
      showExample(what, push);
    },
    violateOfDevice(what, device, words) {
      count(what);
      deviceExamples[what] ??= { device, at: moment };
      if (words !== undefined) details[what] ??= { words, at: moment };
    },
    violateIn(what, detail) {
      count(what);
      details[what] ??= { ...detail, at: moment };
    },
    showExample,
  };
}
