import { choose, chanceOf, seededRandom } from '../support/random.ts';
import { accountOf, devicesFor } from './accounts.ts';
import { bases, type Base } from './bases.ts';
import { carrierOf, type CarrierName } from './carriers.ts';
import { appOfOne, credentials, type SentCredential } from './credentials.ts';
import { eventMutations } from './event-mutations.ts';
import { formMutations } from './form-mutations.ts';
import { jsonMutations } from './json-mutations.ts';
import { below, pick, type Mutation, type Random } from './mutation.ts';
import { bytesOfEvent, fieldAt, isRecord, type JsonRecord, type SentPush } from './oracle.ts';
import { isValid } from './validity.ts';

/** One mutation, with its own seed, so that leaving it out does not change the others. */
export interface Step {
  readonly name: string;
  readonly seed: number;
}

/** How an event is made from a recorded one. */
export interface Recipe {
  readonly base: Base;
  readonly body: readonly Step[];
  readonly carrier: { readonly name: CarrierName; readonly seed: number };
  readonly event: readonly Step[];
  readonly access: 'open' | 'keys';
  readonly credential: SentCredential;
}

/** An event, and what its recipe says about it. */
export interface Case {
  readonly recipe: Recipe;
  readonly event: unknown;
  /** The bytes of the body that was sent; `undefined` if the event does not determine them. */
  readonly sent: Buffer | undefined;
  /** Whether the event contains just those bytes, as an intake must read it. */
  readonly isIntact: boolean;
  /** The valid key among the headers; with open access, nobody reads it. */
  readonly validKey: SentCredential['validKey'];
  /** The name of the key that the intake must have read. */
  readonly client: SentCredential['validKey'];
  /** The status that the intake must answer with, if the recipe determines it. */
  readonly expectedStatus: number | undefined;
}

const bodyMutations = { form: formMutations, json: jsonMutations };
const validCredentials = credentials.filter(({ validKey }) => validKey);
const namesOf = (mutations: Readonly<Record<string, Pick<Mutation<unknown>, 'isHarmless'>>>) => {
  const all = Object.keys(mutations);
  return { all, harmless: all.filter((name) => mutations[name]?.isHarmless) };
};
/** The names of the mutations of each format, and of events. */
export const bodySteps = { form: namesOf(formMutations), json: namesOf(jsonMutations) };
export const eventSteps = namesOf(eventMutations);

/** The chance of an event, which depends on the seed and the index only. */
export function randomOf(seed: number, index: number): Random {
  // Because chanceOf(1, 0) equals chanceOf(0, 1), runs with small seeds would share most events without this step.
  const runSeed = seedFrom(seededRandom(seed)());
  return seededRandom(seedFrom(chanceOf(runSeed, index)));
}

/** The recipe of a new event, made from a recorded one. */
export function newRecipe(random: Random): Recipe {
  const isHarmless = random() < 0.3;
  const which = isHarmless ? 'harmless' : 'all';
  const base = pick(bases, random);
  return {
    base,
    body: stepsOf(bodySteps[base.format][which], Number(choose({ 0: 3, 1: 4, 2: 2, 3: 1 }, random())), random),
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
    event: stepsOf(eventSteps[which], Number(choose({ 0: 5, 1: 3, 2: 1 }, random())), random),
    access: random() < 0.5 ? 'open' : 'keys',
    credential: pick(random() < 0.7 ? validCredentials : credentials, random),
  };
}

/** Makes the event that a recipe describes. */
export function caseOf(recipe: Recipe): Case {
  const mutations = bodyMutations[recipe.base.format];
  const bytes = recipe.body.reduce((body, step) => apply(mutations, step, body), recipe.base.body);
  const carrier = carrierOf(recipe.carrier.name);
  const carried = carrier.carry(bytes, seededRandom(recipe.carrier.seed));
  let event: unknown = { ...(JSON.parse(recipe.base.eventText) as JsonRecord), ...carried };
  event = recipe.event.reduce((changed, step) => apply(eventMutations, step, changed), event);
  const isAsCarried =
    fieldAt(event, 'body') === carried.body && fieldAt(event, 'isBase64Encoded') === carried.isBase64Encoded;
  const headers = fieldAt(event, 'headers');
  const hasHeaders = isRecord(headers);
  if (hasHeaders) Object.assign(headers, recipe.credential.headers);
  const validKey = hasHeaders ? recipe.credential.validKey : undefined;
  const client = recipe.access === 'keys' ? validKey : undefined;
  const isRefused = recipe.access === 'keys' && client === undefined;
  const isHarmless =
    carrier.isHarmless &&
    recipe.body.every(({ name }) => mutations[name]?.isHarmless) &&
    recipe.event.every(({ name }) => eventMutations[name]?.isHarmless);
  const determined = bytesOfEvent(event);
  const sent = isAsCarried && carrier.isFaithful ? bytes : determined;
  return {
    recipe,
    event,
    sent,
    isIntact: sent !== undefined && determined?.equals(sent) === true,
    validKey,
    client,
    expectedStatus: isRefused
      ? 401
      : isHarmless
        ? statusOfPushes(recipe.base.pushes.map((push) => codeOf(push, client)))
        : undefined,
  };
}

type PushCode = 200 | 400 | 403 | 404;

/** The code that a push must have if the queue takes it. */
export function codeOf(push: SentPush, client: Case['client']): PushCode {
  if (!isValid(push)) return 400;
  const account = accountOf(push);
  if (account !== undefined) return devicesFor(account, client).length > 0 ? 200 : 404;
  return client === 'one' && new Map(push.parameters).get('AppId') !== appOfOne ? 403 : 200;
}

/** The status of an answer, from the codes of its pushes. */
export function statusOfPushes(codes: readonly PushCode[]): number {
  if (codes.includes(200)) return 202;
  return codes.includes(400) ? 400 : (codes[0] ?? 400);
}

function stepsOf(names: readonly string[], count: number, random: Random): Step[] {
  return Array.from({ length: count }, () => stepOf(names, random));
}

/** A step with one of these mutations. */
export function stepOf(names: readonly string[], random: Random): Step {
  return { name: pick(names, random), seed: seedFrom(random()) };
}

function apply<T>(mutations: Readonly<Record<string, Mutation<T>>>, { name, seed }: Step, subject: T): T {
  return mutations[name]?.apply(subject, seededRandom(seed)) ?? subject;
}

function seedFrom(chance: number): number {
  return below(2 ** 32, () => chance);
}
