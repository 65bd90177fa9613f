import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { createAccept, type AcceptDependencies } from '../../functions/accept/handler.ts';
import { sendPush, sendPushes } from '../../functions/accept/queue.ts';
import { startTimer } from '../../functions/accept/timer.ts';
import type { Parameter } from '../../shared/push/form.ts';
import { parseQueuedPush } from '../../shared/push/queued-push.ts';
import { lambdaContext } from './lambda-context.ts';
import { recordingLog } from './log.ts';
import { strictRules } from './pushes.ts';
import { receive, startQueues, type TestQueues } from './queues.ts';

/** The dependencies of an open intake, with overrides. */
export function acceptDependencies(
  enqueue: AcceptDependencies['enqueue'],
  overrides: Partial<AcceptDependencies> = {},
): AcceptDependencies {
  return {
    enqueue,
    async enqueueBatch(pushes) {
      const sent = await Promise.allSettled(pushes.map(async (one) => [one, await enqueue(one)] as const));
      return { ids: new Map(sent.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))) };
    },
    devicesOf: () => Promise.reject(new Error('the table is not expected to be used')),
    access: 'open',
    answerOnce: () => Promise.reject(new Error('the table is not expected to be used')),
    rules: strictRules,
    maxBodyBytes: 65_536,
    retryAfterSeconds: 5,
    dimensions: { Stage: 'test' },
    answerReserveMs: 500,
    startTimer,
    timeoutSignal: (ms) => AbortSignal.timeout(ms),
    now: Date.now,
    log: recordingLog(),
    ...overrides,
  };
}

export interface IntakeAnswer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  /** As `parameter: code`. */
  readonly faults: readonly string[];
  /** The lines of the log. */
  readonly log: readonly string[];
}

/** Sends an event to a new intake, which is open unless `overrides` say otherwise. */
export async function sendEvent(
  event: unknown,
  overrides: Partial<Omit<AcceptDependencies, 'log'>> = {},
  remainingMs?: number,
): Promise<IntakeAnswer> {
  const log = recordingLog();
  const accept = createAccept(acceptDependencies(() => Promise.resolve('id'), { ...overrides, log }));
  const response = await accept(event as APIGatewayProxyEventV2, lambdaContext(remainingMs));
  const body = JSON.parse(response.body ?? 'null') as { faults?: { parameter?: string; code: string }[] } | null;
  const faults = (body?.faults ?? []).map(({ parameter = 'the body', code }) => `${parameter}: ${code}`);
  return { status: response.statusCode, headers: response.headers ?? {}, body, faults, log: log.lines };
}

export interface SqsIntake {
  readonly queues: TestQueues;
  /** Sends an event, and takes what it enqueued off the queue: the parameters of each push. */
  readonly send: (
    event: unknown,
    overrides?: Partial<Omit<AcceptDependencies, 'log'>>,
  ) => Promise<IntakeAnswer & { readonly queued: readonly (readonly Parameter[] | string)[] }>;
  readonly stop: () => Promise<void>;
}

/** An intake in front of SQS in the process. */
export async function startSqsIntake(): Promise<SqsIntake> {
  const queues = await startQueues();
  const enqueue: AcceptDependencies['enqueue'] = (queued) => sendPush(queues.sqs, queues.pushes.url, queued);
  const enqueueBatch: AcceptDependencies['enqueueBatch'] = (pushes, abortSignal) =>
    sendPushes(queues.sqs, queues.pushes.url, pushes, abortSignal);
  return {
    queues,
    async send(event, overrides) {
      const answer = await sendEvent(event, { enqueue, enqueueBatch, ...overrides });
      const messages = await receive(queues.sqs, queues.pushes);
      queues.server.reset();
      const queued = messages.map(({ Body: body = '' }) => {
        const reading = parseQueuedPush(body);
        return reading.ok ? reading.queued.push.parameters : reading.why;
      });
      return { ...answer, queued };
    },
    stop: () => queues.stop(),
  };
}

/** The answer to a request that was refused. */
export const refusedWith = (status: number, ...faults: string[]) => ({ status, faults, queued: [] });
