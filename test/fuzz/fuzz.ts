import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { createAccept } from '../../functions/accept/handler.ts';
import { encodeQueuedPush } from '../../shared/push/queued-push.ts';
import { createLog } from '../../shared/log.ts';
import { sendPush } from '../../shared/aws/sqs/push-queue.ts';
import { acceptDependencies } from '../support/accept.ts';
import { lambdaContext } from '../support/context.ts';
import { receive, type TestQueues } from '../support/queues.ts';
import { maxBodyBytes } from './body-mutations.ts';
import { accessByKey } from './credentials.ts';
import { violationOf, type Result } from './judge.ts';
import { caseOf, planOf, type Case, type Plan } from './plan.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly events: number;
  /** The index of the first event, for a single one to be repeated. */
  readonly from?: number;
  /** SQS for some of the events; the others have a queue in memory. */
  readonly sample?: { readonly queues: TestQueues; readonly every: number };
  /** Makes the door: another one shows that its faults are found. */
  readonly createTestIntake?: typeof createAccept;
}

/** Something that must never happen. */
export interface Violation {
  readonly index: number;
  readonly what: string;
  /** The smallest event with which the same happens, and how it was made; as ASCII, and cut. */
  readonly dump: string;
}

export interface FuzzReport {
  /** How many events had each status. */
  readonly tally: Readonly<Record<string, number>>;
  readonly viaSqs: number;
  readonly violation?: Violation;
}

const acceptedAt = new Date('2026-01-02T03:04:05.678Z');

/** Sends mutated events to the door, one after the other, until all are sent or one shows a fault. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { seed, events, from = 0, sample, createTestIntake = createAccept } = options;
  const doors = createDoors(createTestIntake, sample?.queues);
  const tally: Record<string, number> = {};
  let viaSqs = 0;
  for (let index = from; index < from + events; index += 1) {
    const usesSqs = sample !== undefined && index % sample.every === 0;
    const sent = caseOf(planOf(seed, index));
    const result = await doors.send(sent, usesSqs);
    const what = violationOf(sent, result, acceptedAt);
    if (what !== undefined) {
      const smallest = await reduce(sent.plan, async (plan) => {
        const candidate = caseOf(plan);
        return violationOf(candidate, await doors.send(candidate, usesSqs), acceptedAt) === what;
      });
      return { tally, viaSqs, violation: { index, what, dump: dump(caseOf(smallest)) } };
    }
    const status = String((result.response as { statusCode: number }).statusCode);
    tally[status] = (tally[status] ?? 0) + 1;
    if (usesSqs) viaSqs += result.queued.length;
  }
  return { tally, viaSqs };
}

/** An open door and one with keys, and the queue behind both. */
function createDoors(createTestIntake: typeof createAccept, queues: TestQueues | undefined) {
  let usesSqs = false;
  let queued: { id: string; body: string }[] = [];
  const dependencies = acceptDependencies(
    async (push, signal) => {
      if (usesSqs && queues !== undefined) return sendPush(queues.sqs, queues.pushes.url, push, signal);
      const id = `id-${String(queued.length)}`;
      queued.push({ id, body: encodeQueuedPush(push) });
      return id;
    },
    { maxBodyBytes, now: () => acceptedAt.getTime(), log: createLog(() => undefined) },
  );
  const doors = {
    open: createTestIntake(dependencies),
    keys: createTestIntake({ ...dependencies, access: accessByKey }),
  };

  return {
    async send({ plan, event }: Case, viaSqs: boolean): Promise<Result> {
      usesSqs = viaSqs;
      queued = [];
      let result: Pick<Result, 'response' | 'error'>;
      try {
        result = { response: await doors[plan.door](event as APIGatewayProxyEventV2, lambdaContext()) };
      } catch (error) {
        result = { error };
      }
      if (viaSqs && queues !== undefined) {
        const messages = await receive(queues.sqs, queues.pushes);
        if (messages.length > 0) queues.server.reset();
        queued = messages.map(({ MessageId: id = '', Body: body = '' }) => ({ id, body }));
      }
      return { ...result, queued };
    },
  };
}

/** Leaves out of a plan every step without which the same happens. */
async function reduce(plan: Plan, happens: (plan: Plan) => Promise<boolean>): Promise<Plan> {
  let smallest = plan;
  for (const kind of ['body', 'event'] as const) {
    for (const step of plan[kind]) {
      const candidate = { ...smallest, [kind]: smallest[kind].filter((other) => other !== step) };
      if (await happens(candidate)) smallest = candidate;
    }
  }
  return smallest;
}

/** All that a person needs to repeat a case. It is made of recorded events, so that nothing in it is a secret. */
function dump({ plan, event }: Case): string {
  const { base, body, carrier, ...others } = plan;
  const told = { base: base.name, body, carrier, changes: others.event, door: others.door, shown: others.shown, event };
  return JSON.stringify(told, (_name, value: unknown) => (typeof value === 'string' ? cut(value) : value), 2).replace(
    /[^\n\x20-\x7E]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function cut(text: string): string {
  return text.length > 1000 ? `${text.slice(0, 1000)}… (${String(text.length)} characters)` : text;
}
