import { choose, chanceOf, seededRandom } from '../support/random.ts';
import { bases, type Base } from './bases.ts';
import { bodyMutations } from './body-mutations.ts';
import { carrierOf, type CarrierName } from './carriers.ts';
import { appOfOne, credentials, type Shown } from './credentials.ts';
import { eventMutations } from './event-mutations.ts';
import { below, pick, type Mutation, type Random } from './mutation.ts';
import { bytesOfEvent, fieldAt, isRecord } from './oracle.ts';

/** One change, with a chance of its own: so that a plan without it changes all else as before. */
export interface Step {
  readonly name: string;
  readonly seed: number;
}

/** How an event is made of a recorded one. */
export interface Plan {
  readonly base: Base;
  readonly body: readonly Step[];
  readonly carrier: { readonly name: CarrierName; readonly seed: number };
  readonly event: readonly Step[];
  readonly door: 'open' | 'keys';
  readonly shown: Shown;
}

/** An event, and what is known of it. */
export interface Case {
  readonly plan: Plan;
  readonly event: unknown;
  /** The bytes of the body that was sent; `undefined` where the event does not say. */
  readonly sent: Buffer | undefined;
  /** The key that was shown to a door with keys, if it is good. */
  readonly goodKey: Shown['good'];
  /** The answer, where it is clear from how the event was made. */
  readonly expectedStatus: number | undefined;
}

/** What the event of a run is: the same for a seed and an index, whatever came before. */
export function planOf(seed: number, index: number): Plan {
  // A seed of its own for each run, for chanceOf(1, 0) is chanceOf(0, 1): two runs would have most events in common.
  const runSeed = seedFrom(seededRandom(seed)());
  const random = seededRandom(seedFrom(chanceOf(runSeed, index)));
  const isHarmless = random() < 0.3;
  return {
    base: pick(bases, random),
    body: stepsOf(bodyMutations, isHarmless, Number(choose({ 0: 3, 1: 4, 2: 2, 3: 1 }, random())), random),
    carrier: {
      name: isHarmless
        ? choose({ base64: 1, text: 1 }, random())
        : choose(
            {
              base64: 12,
              text: 8,
              'text of Latin-1': 1,
              'base64 said to be text': 1,
              'text said to be base64': 1,
              'base64 for URLs': 1,
              'base64 with a line end': 1,
              'base64 twice': 1,
            },
            random(),
          ),
      seed: seedFrom(random()),
    },
    event: stepsOf(eventMutations, isHarmless, Number(choose({ 0: 5, 1: 3, 2: 1 }, random())), random),
    door: random() < 0.5 ? 'open' : 'keys',
    shown: pick(random() < 0.7 ? credentials.filter(({ good }) => good) : credentials, random),
  };
}

/** Makes the event of a plan. */
export function caseOf(plan: Plan): Case {
  const bytes = plan.body.reduce((body, step) => apply(bodyMutations, step, body), plan.base.form);
  const carrier = carrierOf(plan.carrier.name);
  const carried = carrier.carry(bytes, seededRandom(plan.carrier.seed));
  let event: unknown = { ...structuredClone(plan.base.event), ...carried };
  event = plan.event.reduce((changed, step) => apply(eventMutations, step, changed), event);
  const isAsCarried =
    fieldAt(event, 'body') === carried.body && fieldAt(event, 'isBase64Encoded') === carried.isBase64Encoded;
  const headers = fieldAt(event, 'headers');
  const canShow = isRecord(headers);
  if (canShow) Object.assign(headers, plan.shown.headers);
  const goodKey = canShow ? plan.shown.good : undefined;
  const isHarmless =
    carrier.isHarmless &&
    plan.body.every(({ name }) => bodyMutations[name]?.isHarmless) &&
    plan.event.every(({ name }) => eventMutations[name]?.isHarmless);
  return {
    plan,
    event,
    sent: isAsCarried && carrier.isFaithful ? bytes : bytesOfEvent(event),
    goodKey,
    expectedStatus: statusOf(plan, goodKey, isHarmless),
  };
}

function statusOf({ base, door }: Plan, goodKey: Shown['good'], isHarmless: boolean): number | undefined {
  if (door === 'keys' && goodKey === undefined) return 401;
  if (!isHarmless) return undefined;
  if (base.appId === undefined) return 400;
  return door === 'keys' && goodKey === 'one' && base.appId !== appOfOne ? 403 : 202;
}

function stepsOf<T>(
  mutations: Readonly<Record<string, Mutation<T>>>,
  isHarmless: boolean,
  count: number,
  random: Random,
): Step[] {
  const names = Object.keys(mutations).filter((name) => !isHarmless || mutations[name]?.isHarmless);
  return Array.from({ length: count }, () => ({ name: pick(names, random), seed: seedFrom(random()) }));
}

function apply<T>(mutations: Readonly<Record<string, Mutation<T>>>, { name, seed }: Step, subject: T): T {
  return mutations[name]?.apply(subject, seededRandom(seed)) ?? subject;
}

function seedFrom(chance: number): number {
  return below(2 ** 32, () => chance);
}
