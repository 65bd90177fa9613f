import type { Message } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { createAccept, type AcceptDependencies } from '../../functions/accept/handler.ts';
import { sendPush, sendPushes } from '../../functions/accept/queue.ts';
import { createLog } from '../../shared/log.ts';
import { encodeQueuedPush, type QueuedPush } from '../../shared/push/queued-push.ts';
import { acceptDependencies } from '../support/accept.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { receive, type TestQueues } from '../support/queues.ts';
import { devicesOf } from './accounts.ts';
import { maxBodyBytes } from './byte-mutations.ts';
import { accessByKey } from './credentials.ts';
import { violationOf, type Result } from './judge.ts';
import type { Case } from './recipe.ts';

/** Creates an intake. Tests pass a faulty one, to show that its faults are found. */
export type CreateIntake = typeof createAccept;

/** What an intake did with an event, and the invariant that it violated, if any. */
export interface Judgement {
  readonly result: Result;
  readonly violation: string | undefined;
}

const acceptedAt = new Date('2026-01-02T03:04:05.678Z');

/**
 * Creates what sends an event to an intake, and judges what it did: an open intake or one with keys, in front of the same
 * queue.
 * @param queues for events that are sent via SQS; the others use a queue in memory.
 */
export function createJudgedIntake(createIntake: CreateIntake, queues?: TestQueues) {
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
    open: createIntake(dependencies),
    keys: createIntake({ ...dependencies, access: accessByKey }),
  };

  return async (sent: Case, viaSqs: boolean): Promise<Judgement> => {
    usesSqs = viaSqs;
    queued = [];
    let ending: Pick<Result, 'response' | 'error'>;
    try {
      ending = { response: await intakes[sent.recipe.access](sent.event as APIGatewayProxyEventV2, lambdaContext()) };
    } catch (error) {
      ending = { error };
    }
    if (viaSqs && queues !== undefined) {
      const messages = await receiveAll(queues);
      queued = messages.map(({ MessageId: id = '', Body: body = '' }) => ({ id, body }));
    }
    const result = { ...ending, queued };
    return { result, violation: violationOf(sent, result, acceptedAt) };
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
