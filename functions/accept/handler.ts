import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { metricsBlob, type Dimensions } from '../../shared/aws/metrics.ts';
import { describeError, locateError, type Log, type LogFields } from '../../shared/log.ts';
import { decodeForm } from '../../shared/push/form.ts';
import type { Push } from '../../shared/push/push.ts';
import type { QueuedPush } from '../../shared/push/queued-push.ts';
import { describePush } from '../../shared/push/redaction.ts';
import { knownVerbs, validatePush, type PushRules } from '../../shared/push/validation.ts';
import { admit, problemOfApp, type Access } from './access.ts';
import { describeFields, describeProblem, problemKinds, problemResponse, type Problem } from './problem.ts';
import { headersOf, readBody } from './request.ts';

export interface AcceptDependencies {
  /** Resolves to the id of the message once the queue has stored the push; rejects if it may not have stored it. */
  readonly enqueue: (queued: QueuedPush) => Promise<string>;
  readonly access: Access;
  readonly rules: PushRules;
  readonly maxBodyBytes: number;
  /** Sent to the client when the queue cannot take a push. */
  readonly retryAfterSeconds: number;
  readonly dimensions: Dimensions;
  readonly now: () => number;
  readonly log: Log;
}

/** How long before the function's own deadline it must answer. */
const answerReserveMs = 500;

type Response = APIGatewayProxyStructuredResultV2;

/** Creates the handler of the intake: it takes a push as the gateway would, and answers 202 once it is on the queue. */
export function createAccept(dependencies: AcceptDependencies) {
  const { enqueue, access, retryAfterSeconds, dimensions, now, log } = dependencies;

  const refuse = (problem: Problem, fields: LogFields): Response => {
    const { status, metric } = problemKinds[problem.kind];
    const counted = metricsBlob({ [metric]: 1 }, dimensions, now());
    const line = { status, ...describeProblem(problem), ...fields, ...counted };
    log[status >= 500 ? 'error' : 'warn']('push refused', line);
    return problemResponse(problem);
  };
  const unavailable: Problem = { kind: 'queue-unavailable', retryAfterSeconds };

  return middy<APIGatewayProxyEventV2, Response>({
    timeoutEarlyInMillis: answerReserveMs,
    timeoutEarlyResponse: () => refuse(unavailable, { why: 'SQS did not answer in time' }),
  })
    .onError(({ event, error }) => {
      const admission = admit(headersOf(event), access);
      const key = admission.ok ? admission.client.name : undefined;
      return refuse({ kind: 'internal-error' }, { key, error: locateError(error) });
    })
    .handler(async (event, _context, { signal }): Promise<Response> => {
      const reading = readRequest(event, dependencies);
      if (!reading.ok) return refuse(reading.problem, reading.fields);
      const { push, client } = reading;
      let id: string;
      try {
        id = await enqueue({ push, acceptedAt: new Date(now()) });
      } catch (error) {
        // The push may be on the queue or not, so the client must send it again. If the signal was aborted, this was
        // already answered and logged as a timeout.
        if (signal.aborted) return problemResponse(unavailable);
        return refuse(unavailable, { ...client, ...describePush(push), error: describeError(error) });
      }
      log.metrics(metricsBlob({ Accepted: 1 }, dimensions, now()));
      return {
        statusCode: 202,
        headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
        body: JSON.stringify({ id }),
      };
    });
}

type RequestReading =
  | { readonly ok: true; readonly push: Push; readonly client: LogFields }
  /** With the fields for its line in the log. */
  | { readonly ok: false; readonly problem: Problem; readonly fields: LogFields };

/** Checks a request up to its first problem. The API key comes first: without it, nothing else is reported. */
function readRequest(
  event: unknown,
  { access, rules, maxBodyBytes }: Pick<AcceptDependencies, 'access' | 'rules' | 'maxBodyBytes'>,
): RequestReading {
  const admission = admit(headersOf(event), access);
  if (!admission.ok) return admission;
  const client = { key: admission.client.name };
  const body = readBody(event, maxBodyBytes);
  if (!Buffer.isBuffer(body)) return { ok: false, problem: body, fields: client };
  const form = decodeForm(body);
  const reading = validatePush(form, rules);
  if (!reading.ok) {
    const problem: Problem = { kind: 'invalid-parameters', faults: reading.faults };
    return { ok: false, problem, fields: { ...client, ...describeFields(form, knownVerbs(rules)) } };
  }
  const { push } = reading;
  const problem = problemOfApp(admission.client, push.appId);
  if (problem !== undefined) return { ok: false, problem, fields: describePush(push) };
  return { ok: true, push, client };
}
