import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { describeFields, describePush } from '../../shared/push/redaction.ts';
import { decodeForm } from '../../shared/push/form.ts';
import { metricsBlob, type Dimensions } from '../../shared/aws/metrics-blob.ts';
import type { Push } from '../../shared/push/push.ts';
import type { QueuedPush } from '../../shared/push/queued-push.ts';
import { knownVerbs, validatePush, type PushRules } from '../../shared/push/validation.ts';
import { describeError, locateError, type Log, type LogFields } from '../../shared/log.ts';
import { admit, credentialsOf, describeClient, problemOfApp, type Access, type Client } from './access.ts';
import { describeRefusal, isOurs, problemResponse, refusalMetrics, type Problem } from './problem.ts';
import {
  bodyBytes,
  headersOf,
  problemOfContent,
  problemOfEvent,
  problemOfMethod,
  problemOfSize,
  type Headers,
  type PushRequest,
} from './request.ts';

/** What the door needs of the world. */
export interface AcceptDependencies {
  /** Resolves to the id of the message once the queue holds the push for good; rejects where it may not. */
  readonly enqueue: (queued: QueuedPush, signal: AbortSignal) => Promise<string>;
  readonly access: Access;
  readonly rules: PushRules;
  readonly maxBodyBytes: number;
  /** Told to the client when the queue can't take a push. */
  readonly retryAfterSeconds: number;
  /** How long before the function's own deadline an answer must be out. */
  readonly answerReserveMs: number;
  readonly dimensions: Dimensions;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
}

/** An event that has passed the first step, which says who sent it. */
type AdmittedEvent = APIGatewayProxyEventV2 & { client?: Client };
type Response = APIGatewayProxyStructuredResultV2;

/**
 * The door: takes a push as the gateway would, and answers 202 once it is on the queue.
 * Each guard is a step of the pipeline: the first that finds a problem answers, the rest is not reached.
 */
export function createAccept(dependencies: AcceptDependencies) {
  const { enqueue, access, rules, maxBodyBytes, retryAfterSeconds, answerReserveMs, dimensions, now, log } =
    dependencies;

  const refuse = (problem: Problem, more: LogFields = {}): Response => {
    const counted = metricsBlob({ [refusalMetrics[problem.kind]]: 1 }, dimensions, now());
    const response = problemResponse(problem);
    const level = isOurs(problem) ? 'error' : 'warn';
    log[level]('push refused', { status: response.statusCode, ...describeRefusal(problem), ...more, ...counted });
    return response;
  };
  const unavailable: Problem = { kind: 'queue-unavailable', retryAfterSeconds };

  const guard = (problemOf: (request: PushRequest) => Problem | undefined): MiddlewareObj<AdmittedEvent, Response> => ({
    before: ({ event }) => {
      const problem = problemOf(event);
      return problem && refuse(problem, describeClient(event.client));
    },
  });

  return (
    middy<AdmittedEvent, Response>({
      timeoutEarlyInMillis: answerReserveMs,
      timeoutEarlyResponse: () => refuse(unavailable, { why: 'SQS did not answer in time' }),
    })
      // First of all, so that nothing about a request is told to whoever may not send one.
      .before(({ event }) => {
        const headers = headersOf(event);
        const client = admit(headers, access);
        if (client === undefined) return refuse({ kind: 'unauthorized' }, { why: whyNotLetIn(headers, access) });
        const problem = problemOfEvent(event);
        if (problem !== undefined) return refuse(problem, describeClient(client));
        event.client = client;
        return undefined;
      })
      .use(guard(problemOfMethod))
      .use(guard(problemOfContent))
      .use(guard((request) => problemOfSize(request, maxBodyBytes)))
      .onError((request) =>
        refuse(
          { kind: 'internal-error' },
          { ...describeClient(request.event.client), error: locateError(request.error) },
        ),
      )
      .handler(async (event, _context, { signal: abortSignal }): Promise<Response> => {
        const reading = readRequest(event, rules);
        const client = describeClient(event.client);
        if (!reading.ok) return refuse(reading.problem, { ...client, ...reading.told });
        const { push } = reading;
        // Nobody comes here without having been let in; should that ever change, nobody gets further.
        const forbidden: Problem | undefined =
          event.client === undefined ? { kind: 'unauthorized' } : problemOfApp(event.client, push.appId);
        if (forbidden !== undefined) return refuse(forbidden, describePush(push));
        const queued = { push, acceptedAt: new Date(now()) };
        let id: string;
        try {
          id = await enqueue(queued, abortSignal);
        } catch (error) {
          // The push may be on the queue or not: nothing is pretended, and the client sends it again.
          // Once the time is up that has been said already, and nobody waits for this answer.
          if (abortSignal.aborted) return problemResponse(unavailable);
          return refuse(unavailable, { ...client, ...describePush(push), error: describeError(error) });
        }
        log.metrics(metricsBlob({ Accepted: 1 }, dimensions, now()));
        return {
          statusCode: 202,
          headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
          body: JSON.stringify({ id }),
        };
      })
  );
}

/** Never the key nor its name as it was sent. */
function whyNotLetIn(headers: Headers, access: Access): string {
  if (access.kind === 'keys' && access.keys.length === 0) {
    return 'no key is configured, so every push is refused: make one with `npm run key`';
  }
  return credentialsOf(headers).length === 0
    ? 'no key was shown'
    : 'the key that was shown is none of those configured';
}

type RequestReading =
  | { readonly ok: true; readonly push: Push }
  /** With what of it may be told in a log. */
  | { readonly ok: false; readonly problem: Problem; readonly told?: LogFields };

function readRequest(event: PushRequest, rules: PushRules): RequestReading {
  const bytes = bodyBytes(event);
  if (!Buffer.isBuffer(bytes)) return { ok: false, problem: bytes };
  const fields = decodeForm(bytes);
  const reading = validatePush(fields, rules);
  if (reading.ok) return reading;
  const told = describeFields(fields, knownVerbs(rules));
  return { ok: false, problem: { kind: 'invalid-parameters', faults: reading.faults }, told };
}
