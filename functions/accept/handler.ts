import middy from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { metricsBlob } from '../../shared/aws/metrics.ts';
import { headersOf } from '../../shared/http/request.ts';
import { describeError, locateError, type LogFields } from '../../shared/log.ts';
import type { QueuedPush } from '../../shared/push/queued-push.ts';
import { describePush } from '../../shared/push/redaction.ts';
import { bounds } from '../../shared/push/validation.ts';
import { admit, type Access, type Client } from './access.ts';
import { namesAccount, readAccountPush, type AccountPush } from './account-push.ts';
import { acceptBatch, type BatchDependencies } from './batch.ts';
import type { AnswerOnce, IdempotentRequest, Response } from './idempotency.ts';
import { acceptedResponse, describeProblem, problemKinds, problemResponse, type Problem } from './problem.ts';
import { readPush } from './push.ts';
import { readRequest, type Request } from './request.ts';
import { sendToAccounts, type Deadlines } from './send-to-accounts.ts';
import type { StartTimer } from './timer.ts';

export interface AcceptDependencies extends BatchDependencies {
  /** Resolves to the id of the message once the queue has stored the push; rejects if it may not have stored it. */
  readonly enqueue: (queued: QueuedPush) => Promise<string>;
  readonly access: Access;
  readonly answerOnce: AnswerOnce;
  /** How long before the function's own deadline it must answer. */
  readonly answerReserveMs: number;
  readonly startTimer: StartTimer;
  /** A signal that aborts after this time. */
  readonly timeoutSignal: (ms: number) => AbortSignal;
}

/**
 * How long before that a batch or a push to an account must stop sending, so that its answer can name the pushes that are
 * on the queue.
 */
const batchAnswerMs = 500;

/** Creates the handler of the intake: it takes pushes as the gateway would, and answers 202 once they are on the queue. */
export function createAccept(dependencies: AcceptDependencies) {
  const { enqueue, access, answerOnce, rules, maxBodyBytes, retryAfterSeconds, dimensions, now, log } = dependencies;
  const { answerReserveMs, startTimer, timeoutSignal } = dependencies;

  const deadlinesOf = (context: Pick<Context, 'getRemainingTimeInMillis'>): Deadlines => {
    const sendMs = Math.max(0, context.getRemainingTimeInMillis() - answerReserveMs - batchAnswerMs);
    return { registry: timeoutSignal(Math.floor(sendMs / 2)), queue: timeoutSignal(sendMs) };
  };

  const refuse = (problem: Problem, fields: LogFields): Response => {
    const { status, metric } = problemKinds[problem.kind];
    const counted = metricsBlob({ [metric]: 1 }, dimensions, now());
    const line = { status, ...describeProblem(problem), ...fields, ...counted };
    log[status >= 500 ? 'error' : 'warn']('push refused', line);
    return problemResponse(problem);
  };
  const unavailable: Problem = { kind: 'queue-unavailable', retryAfterSeconds };

  /** What a queued push has besides its parameters. */
  const envelopeOf = ({ ttlSeconds }: Request, { name }: Client) => {
    const acceptedAt = new Date(now());
    return {
      acceptedAt,
      ...(ttlSeconds !== undefined && { expiresAt: new Date(acceptedAt.getTime() + ttlSeconds * 1000) }),
      ...(name !== undefined && { client: name }),
    };
  };

  const acceptPush = async (queued: QueuedPush, signal: AbortSignal): Promise<Response> => {
    let id: string;
    try {
      id = await enqueue(queued);
    } catch (error) {
      // The push may be on the queue or not, so the client must send it again. If the signal was aborted, this was
      // already answered and logged as a timeout.
      if (signal.aborted) return problemResponse(unavailable);
      return refuse(unavailable, { key: queued.client, ...describePush(queued.push), error: describeError(error) });
    }
    log.metrics(metricsBlob({ Accepted: 1 }, dimensions, now()));
    return acceptedResponse({ id });
  };

  const acceptAccountPush = async (
    accountPush: AccountPush,
    client: Client,
    envelope: Omit<QueuedPush, 'push'>,
    deadlines: Deadlines,
  ): Promise<Response> => {
    const endingOf = await sendToAccounts([accountPush], bounds.batchPushes, client, envelope, dependencies, deadlines);
    const ending = endingOf(accountPush);
    if (!ending.ok) {
      const { problem, fields, queued } = ending;
      return refuse(problem, { key: client.name, ...fields, ...(queued && { queued }) });
    }
    log.metrics(metricsBlob({ Accepted: ending.ids.length }, dimensions, now()));
    return acceptedResponse({ ids: ending.ids });
  };

  const answerIdempotent = async (request: IdempotentRequest, accept: () => Promise<Response>): Promise<Response> => {
    const key = request.client;
    // A record that nobody completes, such as one whose writer has died, counts until the writer's time is up. It was
    // written before the answer, by a function that had as much time.
    const timeLimitSeconds = Math.ceil(request.context.getRemainingTimeInMillis() / 1000);
    const ending = await answerOnce(request, accept);
    switch (ending.kind) {
      case 'first':
        if (ending.error !== undefined) {
          const counted = metricsBlob({ AnswersNotKept: 1 }, dimensions, now());
          log.error('answer not kept', { key, error: describeError(ending.error), ...counted });
        }
        return ending.answer;
      case 'repeated':
        log.metrics(metricsBlob({ AnswersRepeated: 1 }, dimensions, now()));
        return ending.answer;
      case 'in-progress':
        return refuse({ kind: 'key-in-use', retryAfterSeconds: timeLimitSeconds }, { key });
      case 'reused':
        return refuse({ kind: 'key-reused' }, { key });
      case 'unavailable':
        if (request.signal.aborted) return problemResponse(unavailable);
        return refuse({ kind: 'registry-unavailable', retryAfterSeconds }, { key, error: describeError(ending.error) });
      default:
        return ending satisfies never;
    }
  };

  /** Answers in time, whether SQS and DynamoDB do or not. */
  const inTime = async (
    context: Pick<Context, 'getRemainingTimeInMillis'>,
    handle: (signal: AbortSignal) => Promise<Response>,
  ): Promise<Response> => {
    const overtaken = new AbortController();
    const late = Promise.withResolvers<Response>();
    const stop = startTimer(Math.max(0, context.getRemainingTimeInMillis() - answerReserveMs), () => {
      overtaken.abort();
      late.resolve(refuse(unavailable, { why: 'SQS or DynamoDB did not answer in time' }));
    });
    try {
      return await Promise.race([handle(overtaken.signal), late.promise]);
    } finally {
      stop();
    }
  };

  const answer = async (event: unknown, context: Context, signal: AbortSignal): Promise<Response> => {
    // The API key comes first: without it, nothing else is reported.
    const admission = admit(headersOf(event), access);
    if (!admission.ok) return refuse(admission.problem, admission.fields);
    const { client } = admission;
    const key = client.name;
    const reading = readRequest(event, maxBodyBytes);
    if (!reading.ok) return refuse(reading.problem, { key });
    const { request } = reading;
    const envelope = envelopeOf(request, client);
    const { content, idempotency } = request;
    let accept: () => Promise<Response>;
    if (content.kind === 'batch') {
      accept = () => acceptBatch(content.items, client, envelope, dependencies, deadlinesOf(context));
    } else if (namesAccount(content.fields)) {
      const pushReading = readAccountPush(content.fields, rules);
      if (!pushReading.ok) return refuse(pushReading.problem, { key, ...pushReading.fields });
      accept = () => acceptAccountPush(pushReading.accountPush, client, envelope, deadlinesOf(context));
    } else {
      const pushReading = readPush(content.fields, client, rules);
      if (!pushReading.ok) return refuse(pushReading.problem, { key, ...pushReading.fields });
      accept = () => acceptPush({ push: pushReading.push, ...envelope }, signal);
    }
    return idempotency === undefined
      ? accept()
      : answerIdempotent({ idempotency, client: key, context, signal }, accept);
  };

  // The early answer of middy has the timer of Node, which the simulation cannot replace.
  return middy<APIGatewayProxyEventV2, Response>({ timeoutEarlyInMillis: 0 })
    .onError(({ event, error }) => {
      const admission = admit(headersOf(event), access);
      const key = admission.ok ? admission.client.name : undefined;
      return refuse({ kind: 'internal-error' }, { key, error: locateError(error) });
    })
    .handler((event, context) => inTime(context, (signal) => answer(event, context, signal)));
}
