import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { decodeForm } from '../core/form.ts';
import { readPush, type Push, type PushRules } from '../core/push.ts';
import type { QueuedPush } from '../core/queued-push.ts';
import type { Log } from '../log.ts';
import { problemResponse, type Problem } from './problem.ts';
import { bodyBytes, problemOfContent, problemOfMethod, problemOfSize, type PushRequest } from './request.ts';

/** What the door needs of the world. */
export interface AcceptDependencies {
  /** Resolves to the id of the message once the queue holds the push for good; rejects where it may not. */
  readonly enqueue: (queued: QueuedPush, signal: AbortSignal) => Promise<string>;
  readonly rules: PushRules;
  readonly maxBodyBytes: number;
  /** Told to the client when the queue can't take a push. */
  readonly retryAfterSeconds: number;
  /** How long before the function's own deadline an answer must be out. */
  readonly answerReserveMs: number;
  readonly now: () => number;
  readonly log: Log;
}

type Response = APIGatewayProxyStructuredResultV2;

/**
 * The door: takes a push as the gateway would, and answers 202 once it is on the queue.
 * Each guard is a step of the pipeline: the first that finds a problem answers, the rest is not reached.
 */
export function createAccept(dependencies: AcceptDependencies) {
  const { enqueue, rules, maxBodyBytes, retryAfterSeconds, answerReserveMs, now, log } = dependencies;

  const unavailable = (error: unknown): Response => {
    // The push may be on the queue or not: nothing is pretended, and the client sends it again.
    log.error('queue unavailable', { error });
    return problemResponse({ kind: 'queue-unavailable', retryAfterSeconds });
  };

  return middy<APIGatewayProxyEventV2, Response>({
    timeoutEarlyInMillis: answerReserveMs,
    timeoutEarlyResponse: () => unavailable(new Error('SQS did not answer in time')),
  })
    .use(guard(problemOfMethod))
    .use(guard(problemOfContent))
    .use(guard((request) => problemOfSize(request, maxBodyBytes)))
    .onError((request) => {
      log.error('push not accepted', { error: request.error });
      return problemResponse({ kind: 'internal-error' });
    })
    .handler(async (event, _context, { signal }): Promise<Response> => {
      const reading = readRequest(event, rules);
      if (!reading.ok) return problemResponse(reading.problem);
      const queued = { push: reading.push, acceptedAt: new Date(now()) };
      let id: string;
      try {
        id = await enqueue(queued, signal);
      } catch (error) {
        return unavailable(error);
      }
      return {
        statusCode: 202,
        headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
        body: JSON.stringify({ id }),
      };
    });
}

function guard(
  problemOf: (request: PushRequest) => Problem | undefined,
): MiddlewareObj<APIGatewayProxyEventV2, Response> {
  return {
    before: ({ event }) => {
      const problem = problemOf(event);
      return problem && problemResponse(problem);
    },
  };
}

type RequestReading = { readonly ok: true; readonly push: Push } | { readonly ok: false; readonly problem: Problem };

function readRequest(event: PushRequest, rules: PushRules): RequestReading {
  const bytes = bodyBytes(event);
  if (!Buffer.isBuffer(bytes)) return { ok: false, problem: bytes };
  const reading = readPush(decodeForm(bytes), rules);
  return reading.ok ? reading : { ok: false, problem: { kind: 'invalid-parameters', faults: reading.faults } };
}
