import { setImmediate } from 'node:timers/promises';
import { createAccept } from '../../functions/accept/handler.ts';
import type { TestQueues } from '../support/queues.ts';
import { createCorpus } from './corpus.ts';
import { createJudgedIntake, type CreateIntake } from './intake.ts';
import { fieldAt } from './oracle.ts';
import { textOfRecipe } from './recipe-text.ts';
import { caseOf, randomOf, type Case, type Recipe } from './recipe.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly events: number;
  /** Sends some of the events by SQS, and the others to a queue in memory. */
  readonly sample?: Sample;
  readonly createIntake?: CreateIntake;
  /** The run ends with this many different violations. */
  readonly maxViolations?: number;
  /** Ends the run early. */
  readonly signal?: AbortSignal;
  /** Is called now and then with the report so far. */
  readonly onProgress?: (report: FuzzReport) => void;
}

export interface Sample {
  readonly queues: TestQueues;
  readonly every: number;
}

/** An invariant that an event violated. */
export interface Violation {
  readonly what: string;
  /** The recipe of the smallest event that violates the same invariant. */
  readonly recipe: string;
  /** That event with its recipe, as ASCII; long strings are cut. */
  readonly dump: string;
}

export interface FuzzReport {
  readonly events: number;
  /** The number of events by status. */
  readonly tally: Readonly<Record<string, number>>;
  /** The number of pushes that were put on the queue. */
  readonly pushes: number;
  /** How many of them were read back from SQS. */
  readonly viaSqs: number;
  /** How many kinds of answers there were. */
  readonly kinds: number;
  /** The number of events that violated an invariant. */
  readonly violating: number;
  /** The first violation of each invariant. */
  readonly violations: readonly Violation[];
}

export const emptyReport: FuzzReport = {
  events: 0,
  tally: {},
  pushes: 0,
  viaSqs: 0,
  kinds: 0,
  violating: 0,
  violations: [],
};

/** After this number of events, timers run: the intake starts several for each event, and they must not pile up. */
const eventsPerTurn = 250;

/**
 * Sends mutated events to the intake, one after another. Half of them are new, and half are made from earlier ones that
 * the intake answered in a new way. The seed determines all of them.
 */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { seed, events, sample, createIntake = createAccept, maxViolations = Infinity, signal, onProgress } = options;
  const judge = createJudgedIntake(createIntake, sample?.queues);
  const corpus = createCorpus();
  const tally: Record<string, number> = {};
  const violations: Violation[] = [];
  let [sentEvents, pushes, viaSqs, violating] = [0, 0, 0, 0];
  const report = (): FuzzReport => ({
    ...{ events: sentEvents, tally: { ...tally }, pushes, viaSqs },
    ...{ kinds: corpus.kinds(), violating, violations: [...violations] },
  });
  for (let index = 0; index < events && violations.length < maxViolations; index += 1) {
    if (index % eventsPerTurn === 0) {
      await setImmediate();
      if (signal?.aborted) break;
      onProgress?.(report());
    }
    const usesSqs = sample !== undefined && index % sample.every === 0;
    const sent = caseOf(corpus.next(randomOf(seed, index)));
    const { result, violation } = await judge(sent, usesSqs);
    const status = String(fieldAt(result.response, 'statusCode'));
    tally[status] = (tally[status] ?? 0) + 1;
    pushes += result.queued.length;
    if (usesSqs) viaSqs += result.queued.length;
    sentEvents += 1;
    if (violation === undefined) {
      corpus.add(sent, result);
      continue;
    }
    violating += 1;
    if (violations.some(({ what }) => what === violation)) continue;
    const smallest = await reduce(sent.recipe, async (recipe) => {
      return (await judge(caseOf(recipe), usesSqs)).violation === violation;
    });
    violations.push(describe(violation, smallest));
  }
  return report();
}

export interface Repetition {
  readonly dump: string;
  readonly status: unknown;
  /** The invariant that the event violates, if any. */
  readonly violation: string | undefined;
}

/** Sends the event of a recipe to a queue in memory, and if nothing is violated then via SQS. */
export async function repeatEvent(
  recipe: Recipe,
  { queues, createIntake = createAccept }: { readonly queues?: TestQueues; readonly createIntake?: CreateIntake } = {},
): Promise<Repetition> {
  const judge = createJudgedIntake(createIntake, queues);
  const sent = caseOf(recipe);
  const inMemory = await judge(sent, false);
  const { result, violation } =
    inMemory.violation === undefined && queues !== undefined ? await judge(sent, true) : inMemory;
  return { dump: dump(sent), status: fieldAt(result.response, 'statusCode'), violation };
}

/** Removes from a recipe every step that the violation does not need. */
async function reduce(recipe: Recipe, happens: (recipe: Recipe) => Promise<boolean>): Promise<Recipe> {
  let smallest = recipe;
  for (const kind of ['body', 'event'] as const) {
    for (const step of recipe[kind]) {
      const candidate = { ...smallest, [kind]: smallest[kind].filter((other) => other !== step) };
      if (await happens(candidate)) smallest = candidate;
    }
  }
  return smallest;
}

function describe(what: string, recipe: Recipe): Violation {
  return { what, recipe: textOfRecipe(recipe), dump: dump(caseOf(recipe)) };
}

/** Everything that is needed to repeat a case. It is made from recorded events, so it contains no secret. */
function dump({ recipe, event }: Case): string {
  const { base, event: changes, ...rest } = recipe;
  const shown = { base: base.name, changes, ...rest, event };
  return JSON.stringify(shown, (_name, value: unknown) => (typeof value === 'string' ? cut(value) : value), 2).replace(
    /[^\n\x20-\x7E]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function cut(text: string): string {
  return text.length > 1000 ? `${text.slice(0, 1000)}… (${String(text.length)} characters)` : text;
}
