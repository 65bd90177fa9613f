import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Message } from '@aws-sdk/client-sqs';
import { createAccept, type AcceptDependencies } from '../../functions/accept/handler.ts';
import { encodeQueuedPush, type QueuedPush } from '../../shared/push/queued-push.ts';
import { createLog } from '../../shared/log.ts';
import { sendPush, sendPushes } from '../../functions/accept/queue.ts';
import { acceptDependencies } from '../support/accept.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { receive, type TestQueues } from '../support/queues.ts';
import { devicesOf } from './accounts.ts';
import { maxBodyBytes } from './byte-mutations.ts';
import { accessByKey } from './credentials.ts';
import { violationOf, type Result } from './judge.ts';
import { caseOf, recipeOf, type Case, type Recipe } from './recipe.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly events: number;
  /** The index of the first event; with `events: 1`, repeats a single event. */
  readonly from?: number;
  /** Sends some of the events by SQS, and the others to a queue in memory. */
  readonly sample?: { readonly queues: TestQueues; readonly every: number };
  /** Creates the intake. Tests pass a faulty one, to show that its faults are found. */
  readonly createTestIntake?: typeof createAccept;
}

/** An invariant that an event violated. */
export interface Violation {
  readonly index: number;
  readonly what: string;
  /** The smallest event that violates the same invariant, and its recipe, as ASCII; long strings are cut. */
  readonly dump: string;
}

export interface FuzzReport {
  /** The number of events by status. */
  readonly tally: Readonly<Record<string, number>>;
  /** The number of pushes that were put on the queue. */
  readonly pushes: number;
  /** How many of them were read back from SQS. */
  readonly viaSqs: number;
  readonly violation?: Violation;
}

const acceptedAt = new Date('2026-01-02T03:04:05.678Z');

/** Sends mutated events to the intake, one after another, until all are sent or one violates an invariant. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { seed, events, from = 0, sample, createTestIntake = createAccept } = options;
  const intakes = createIntakes(createTestIntake, sample?.queues);
  const tally: Record<string, number> = {};
  let pushes = 0;
  let viaSqs = 0;
  for (let index = from; index < from + events; index += 1) {
    const usesSqs = sample !== undefined && index % sample.every === 0;
    const sent = caseOf(recipeOf(seed, index));
    const result = await intakes.send(sent, usesSqs);
    const what = violationOf(sent, result, acceptedAt);
    if (what !== undefined) {
      const smallest = await reduce(sent.recipe, async (recipe) => {
        const candidate = caseOf(recipe);
        return violationOf(candidate, await intakes.send(candidate, usesSqs), acceptedAt) === what;
      });
      return { tally, pushes, viaSqs, violation: { index, what, dump: dump(caseOf(smallest)) } };
    }
    const status = String((result.response as { statusCode: number }).statusCode);
    tally[status] = (tally[status] ?? 0) + 1;
    pushes += result.queued.length;
    if (usesSqs) viaSqs += result.queued.length;
  }
  return { tally, pushes, viaSqs };
}

/** An open intake and one with keys, in front of the same queue. */
function createIntakes(createTestIntake: typeof createAccept, queues: TestQueues | undefined) {
  let usesSqs = false;
  let queued: { id: string; body: string }[] = [];
  const enqueue = (push: QueuedPush): string => {
    const id = `id-${String(queued.length)}`;
    queued.push({ id, body: encodeQueuedPush(push) });
    return id;
  };
  const dependencies: AcceptDependencies = {
    ...acceptDependencies(async (push) => {
      if (usesSqs && queues !== undefined) return sendPush(queues.sqs, queues.pushes.url, push);
      return enqueue(push);
    }),
    enqueueBatch: async (pushes, abortSignal) => {
      if (usesSqs && queues !== undefined) return sendPushes(queues.sqs, queues.pushes.url, pushes, abortSignal);
      return { ids: new Map(pushes.map((push) => [push, enqueue(push)])) };
    },
    devicesOf: (account) => Promise.resolve(devicesOf(account)),
    // Each request is the first with its key.
    answerOnce: async (_request, accept) => ({ kind: 'first', answer: await accept() }),
    maxBodyBytes,
    now: () => acceptedAt.getTime(),
    log: createLog(() => undefined),
  };
  const intakes = {
    open: createTestIntake(dependencies),
    keys: createTestIntake({ ...dependencies, access: accessByKey }),
  };

  return {
    async send({ recipe, event }: Case, viaSqs: boolean): Promise<Result> {
      usesSqs = viaSqs;
      queued = [];
      let result: Pick<Result, 'response' | 'error'>;
      try {
        result = { response: await intakes[recipe.access](event as APIGatewayProxyEventV2, lambdaContext()) };
      } catch (error) {
        result = { error };
      }
      if (viaSqs && queues !== undefined) {
        const messages = await receiveAll(queues);
        queued = messages.map(({ MessageId: id = '', Body: body = '' }) => ({ id, body }));
      }
      return { ...result, queued };
    },
  };
}

/** Takes every message off a queue. */
async function receiveAll({ sqs, pushes, server }: TestQueues): Promise<Message[]> {
  const all: Message[] = [];
  for (;;) {
    const messages = await receive(sqs, pushes);
    all.push(...messages);
    if (messages.length === 0) break;
  }
  if (all.length > 0) server.reset();
  return all;
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
