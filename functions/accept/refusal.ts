import type { MetricName } from '../../shared/aws/metric-names.ts';
import { documentedParameters } from '../../shared/push/push.ts';
import type { LogFields } from '../../shared/log.ts';
import type { Problem } from './problem.ts';

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
