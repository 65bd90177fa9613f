import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { MetricName } from '../../shared/aws/metric-names.ts';
import type { LogFields } from '../../shared/log.ts';
import { documentedParameters } from '../../shared/push/push.ts';
import type { Fault } from '../../shared/push/validation.ts';

/** Why a request was not accepted. Each kind has one status and one shape of answer. */
export type Problem =
  | { readonly kind: 'unauthorized' }
  | { readonly kind: 'forbidden'; readonly appId: string; readonly keyName: string }
  | { readonly kind: 'method-not-allowed'; readonly method: string }
  | { readonly kind: 'unsupported-media-type'; readonly detail: string; readonly acceptEncoding?: string }
  | { readonly kind: 'body-too-large'; readonly maxBodyBytes: number }
  | { readonly kind: 'invalid-parameters'; readonly faults: readonly Fault[] }
  | { readonly kind: 'queue-unavailable'; readonly retryAfterSeconds: number }
  | { readonly kind: 'internal-error' };

interface Details {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly faults?: readonly Fault[];
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The answer to a request that was not accepted, as a problem document. Its `type` is `about:blank`:
 * the status says what kind of problem it is, and the faults, an extension member, say the rest.
 * https://www.rfc-editor.org/rfc/rfc9457
 */
export function problemResponse(problem: Problem): APIGatewayProxyStructuredResultV2 {
  const { status, title, detail, faults, headers } = describe(problem);
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify({ type: 'about:blank', title, status, detail, ...(faults && { faults }) }),
  };
}

function describe(problem: Problem): Details {
  switch (problem.kind) {
    case 'unauthorized':
      return {
        status: 401,
        title: 'Unauthorized',
        detail:
          'A key is needed: as X-Api-Key, as Authorization: Bearer, or as the password of HTTP Basic with its name as the user.',
        // Basic first: old clients answer the first challenge they see.
        headers: { 'www-authenticate': 'Basic realm="pnm2-relay", charset="UTF-8", Bearer realm="pnm2-relay"' },
      };
    case 'forbidden':
      return {
        status: 403,
        title: 'Forbidden',
        detail: `The key ${problem.keyName} may not push to ${problem.appId}.`,
        faults: [{ parameter: 'AppId', code: 'forbidden', detail: 'This key may not push to this app.' }],
      };
    case 'method-not-allowed':
      return {
        status: 405,
        title: 'Method Not Allowed',
        detail: `A push is sent with POST, not with ${problem.method}.`,
        headers: { allow: 'POST' },
      };
    case 'unsupported-media-type':
      return {
        status: 415,
        title: 'Unsupported Media Type',
        detail: problem.detail,
        // https://www.rfc-editor.org/rfc/rfc9110#field.accept-encoding, the case of a 415
        ...(problem.acceptEncoding !== undefined && { headers: { 'accept-encoding': problem.acceptEncoding } }),
      };
    case 'body-too-large':
      return {
        status: 413,
        title: 'Content Too Large',
        detail: `The body is larger than ${String(problem.maxBodyBytes)} bytes, the most that is taken for one push.`,
      };
    case 'invalid-parameters':
      return {
        status: 400,
        title: 'Bad Request',
        detail: problem.faults.map((fault) => fault.detail).join(' '),
        faults: problem.faults,
      };
    case 'queue-unavailable':
      return {
        status: 503,
        title: 'Service Unavailable',
        detail: `The push was not accepted: send it again in ${String(problem.retryAfterSeconds)} seconds.`,
        headers: { 'retry-after': String(problem.retryAfterSeconds) },
      };
    case 'internal-error':
      return {
        status: 500,
        title: 'Internal Server Error',
        detail: 'The push was not accepted, and sending it again will not help: the fault is in the relay, and logged.',
      };
    default:
      return problem satisfies never;
  }
}

/** What counts a refusal. */
export const refusalMetrics = {
  unauthorized: 'RefusedUnauthorized',
  forbidden: 'RefusedForbidden',
  'method-not-allowed': 'RefusedMethodNotAllowed',
  'unsupported-media-type': 'RefusedUnsupportedMediaType',
  'body-too-large': 'RefusedBodyTooLarge',
  'invalid-parameters': 'RefusedInvalidParameters',
  'queue-unavailable': 'RefusedQueueUnavailable',
  'internal-error': 'RefusedInternalError',
} as const satisfies Record<Problem['kind'], MetricName>;

/** Whether a refusal is the relay's own fault, and not the client's. */
export function isOurs({ kind }: Problem): boolean {
  return kind === 'queue-unavailable' || kind === 'internal-error';
}

const documented: ReadonlySet<string> = new Set(documentedParameters);

/**
 * A refusal in a log. Of the faults only code and documented parameter: another name may well be a piece of a text
 * whose '&' was not encoded.
 */
export function describeRefusal(problem: Problem): LogFields {
  const faults = problem.kind === 'invalid-parameters' ? problem.faults : [];
  return {
    reason: problem.kind,
    ...(faults.length > 0 && {
      faults: faults.map(({ parameter = '', code }) => (documented.has(parameter) ? `${parameter}: ${code}` : code)),
    }),
    ...(problem.kind === 'forbidden' && { key: problem.keyName }),
  };
}
