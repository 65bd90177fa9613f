import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { MetricName } from '../../shared/aws/metrics.ts';
import { jsonResponse, problemDocument, sentencesOf, toldFaults } from '../../shared/http/problem.ts';
import type { LogFields } from '../../shared/log.ts';
import type { Field } from '../../shared/push/form.ts';
import { documentedParameters } from '../../shared/push/push.ts';
import { accountHash, appIdCharacters, deviceHash } from '../../shared/push/redaction.ts';
import { bounds, type Fault } from '../../shared/push/validation.ts';

export type Problem =
  | { readonly kind: 'unauthorized' }
  | { readonly kind: 'forbidden'; readonly appId: string; readonly keyName: string }
  | { readonly kind: 'method-not-allowed'; readonly method: string }
  | { readonly kind: 'unsupported-media-type'; readonly detail: string; readonly acceptEncoding?: string }
  | { readonly kind: 'body-too-large'; readonly maxBodyBytes: number; readonly isBatch: boolean }
  | { readonly kind: 'invalid-parameters'; readonly faults: readonly Fault[] }
  | { readonly kind: 'no-devices' }
  | { readonly kind: 'key-in-use'; readonly retryAfterSeconds: number }
  | { readonly kind: 'key-reused' }
  | { readonly kind: 'queue-unavailable'; readonly retryAfterSeconds: number }
  | { readonly kind: 'registry-unavailable'; readonly retryAfterSeconds: number }
  | { readonly kind: 'internal-error' };

/** The status and title of each kind of problem, and the metric that counts it. */
export const problemKinds = {
  unauthorized: { status: 401, title: 'Unauthorized', metric: 'RefusedUnauthorized' },
  forbidden: { status: 403, title: 'Forbidden', metric: 'RefusedForbidden' },
  'method-not-allowed': { status: 405, title: 'Method Not Allowed', metric: 'RefusedMethodNotAllowed' },
  'unsupported-media-type': { status: 415, title: 'Unsupported Media Type', metric: 'RefusedUnsupportedMediaType' },
  'body-too-large': { status: 413, title: 'Content Too Large', metric: 'RefusedBodyTooLarge' },
  'invalid-parameters': { status: 400, title: 'Bad Request', metric: 'RefusedInvalidParameters' },
  'no-devices': { status: 404, title: 'Not Found', metric: 'RefusedNoDevices' },
  'key-in-use': { status: 409, title: 'Conflict', metric: 'RefusedKeyInUse' },
  'key-reused': { status: 422, title: 'Unprocessable Content', metric: 'RefusedKeyReused' },
  'queue-unavailable': { status: 503, title: 'Service Unavailable', metric: 'RefusedQueueUnavailable' },
  'registry-unavailable': { status: 503, title: 'Service Unavailable', metric: 'RefusedRegistryUnavailable' },
  'internal-error': { status: 500, title: 'Internal Server Error', metric: 'RefusedInternalError' },
} as const satisfies Record<Problem['kind'], { status: number; title: string; metric: MetricName }>;

const accepted = 'Accepted';

/** The answer to a request that was accepted. `code` and `response` are what clients of the newer gateway look for. */
export function acceptedResponse(
  members: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyStructuredResultV2 {
  return jsonResponse(202, { code: 200, response: accepted, ...members }, headers);
}

/**
 * The answer to a request that was not accepted: a problem document with the members of the gateway.
 * @param batch what is said of a batch instead, with one result per push.
 */
export function problemResponse(
  problem: Problem,
  batch?: { readonly detail: string; readonly results: readonly PushResult[] },
): APIGatewayProxyStructuredResultV2 {
  const { status, title } = problemKinds[problem.kind];
  const { headers, faults, ...own } = detailsOf(problem);
  const { detail } = batch ?? own;
  const members = batch === undefined ? { ...(faults && { faults }) } : { results: batch.results };
  return problemDocument({ status, title, detail, headers }, { code: status, response: detail, ...members });
}

/** What the answer to a batch says of one of its pushes. */
export interface PushResult {
  readonly code: number;
  readonly response: string;
  readonly id?: string;
  /** Of a push to an account: one for each device. */
  readonly ids?: readonly string[];
  readonly faults?: readonly Fault[];
}

/** The result of a push that was not accepted. */
export function resultOfProblem(problem: Problem): PushResult {
  const { detail, faults } = detailsOf(problem);
  // Not all of them, because the answer of a function has at most 6 MB.
  const told = faults?.slice(0, toldFaults);
  return { code: problemKinds[problem.kind].status, response: detail, ...(told && { faults: told }) };
}

/** The result of a push that was accepted. */
export function resultOfId(id: string): PushResult {
  return { code: 200, response: accepted, id };
}

/** The result of a push that was accepted for each device of its account. */
export function resultOfIds(ids: readonly string[]): PushResult {
  return { code: 200, response: accepted, ids };
}

interface Details {
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly faults?: readonly Fault[];
}

function detailsOf(problem: Problem): Details {
  switch (problem.kind) {
    case 'unauthorized':
      return {
        detail:
          'An API key is required: in X-Api-Key, in Authorization: Bearer, or with HTTP Basic (user: the name of the key, password: the key).',
        // Basic comes first, because old clients answer only the first challenge.
        headers: { 'www-authenticate': 'Basic realm="pnm2-relay", charset="UTF-8", Bearer realm="pnm2-relay"' },
      };
    case 'forbidden':
      return {
        detail: `The API key ${problem.keyName} is not allowed to push to ${problem.appId}.`,
        faults: [{ parameter: 'AppId', code: 'forbidden', detail: 'This API key is not allowed to push to this app.' }],
      };
    case 'method-not-allowed':
      return { detail: `The method must be POST, not ${problem.method}.`, headers: { allow: 'POST' } };
    case 'unsupported-media-type': {
      const { detail, acceptEncoding } = problem;
      // With a 415, Accept-Encoding says that the content coding was the reason: https://www.rfc-editor.org/rfc/rfc9110#field.accept-encoding
      return { detail, ...(acceptEncoding !== undefined && { headers: { 'accept-encoding': acceptEncoding } }) };
    }
    case 'body-too-large': {
      const { isBatch, maxBodyBytes } = problem;
      const [maxBytes, content] = isBatch ? [bounds.batchBytes, 'a batch'] : [maxBodyBytes, 'one push'];
      return { detail: `The body is larger than ${String(maxBytes)} bytes, the maximum for ${content}.` };
    }
    case 'invalid-parameters':
      return { detail: sentencesOf(problem.faults), faults: problem.faults };
    case 'no-devices':
      return { detail: 'No device is registered for this account. An app registers its device when it starts.' };
    case 'key-in-use':
      return {
        detail: `A request with this Idempotency-Key may still be under way: send it again in ${String(problem.retryAfterSeconds)} seconds.`,
        headers: { 'retry-after': String(problem.retryAfterSeconds) },
      };
    case 'key-reused':
      return {
        detail:
          'This Idempotency-Key was sent with another request: send a repeated request unchanged, and any other one with a new key.',
      };
    case 'queue-unavailable':
    case 'registry-unavailable':
      return {
        detail: `The push was not accepted: send it again in ${String(problem.retryAfterSeconds)} seconds.`,
        headers: { 'retry-after': String(problem.retryAfterSeconds) },
      };
    case 'internal-error':
      return {
        detail:
          'The push was not accepted because of an error in the relay. The error is in its log; sending the push again does not help.',
      };
    default:
      return problem satisfies never;
  }
}

/** Parameters that a gateway's document names: those whose meaning the relay knows, and the options of a text. */
const namedParameters: ReadonlySet<string> = new Set([
  ...documentedParameters,
  ...['Account', 'Badge', 'Sound', 'UserName', 'UserDisplayName', 'ContentType', 'Id', 'ThreadId'],
]);

/**
 * A problem in a log. A fault is its code, with the parameter only if a gateway's document names it: another name may be
 * part of a text whose '&' was not encoded.
 */
export function describeProblem(problem: Problem): LogFields {
  return {
    reason: problem.kind,
    ...(problem.kind === 'invalid-parameters' && {
      faults: problem.faults.map(({ parameter = '', code }) =>
        namedParameters.has(parameter) ? `${parameter}: ${code}` : code,
      ),
    }),
    ...(problem.kind === 'forbidden' && { key: problem.keyName }),
  };
}

/**
 * The fields of an invalid push in a log. The verb only if it is a known one, and the others only if they are sent once
 * and without white space: anything else may be part of a text whose '&' was not encoded.
 */
export function describeFields(fields: readonly Field[], knownVerbs: readonly string[]) {
  const valueOf = (parameter: string) => {
    const [field, ...more] = fields.filter(({ name }) => name === parameter);
    const isValid = field !== undefined && 'value' in field && more.length === 0 && /^\S+$/.test(field.value);
    return isValid ? field.value : undefined;
  };
  const [verb, account] = [valueOf('verb'), valueOf('Account')];
  const [appId, deviceToken] = [valueOf('AppId'), valueOf('DeviceToken')];
  return {
    ...(knownVerbs.includes(verb ?? '') && { verb }),
    ...(account !== undefined && { account: accountHash(account) }),
    ...(appId !== undefined && { appId: appId.slice(0, appIdCharacters) }),
    ...(appId !== undefined && deviceToken !== undefined && { device: deviceHash(appId, deviceToken) }),
  };
}
