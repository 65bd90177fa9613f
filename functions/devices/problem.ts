import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { MetricName } from '../../shared/aws/metrics.ts';
import { problemDocument, sentencesOf, type ProblemDocument } from '../../shared/http/problem.ts';
import type { LogFields } from '../../shared/log.ts';
import type { DeviceFault } from '../../shared/registry/validation.ts';

export type Problem =
  | { readonly kind: 'unauthorized' }
  | { readonly kind: 'method-not-allowed'; readonly method: string }
  | { readonly kind: 'content-too-large' }
  | { readonly kind: 'unsupported-media-type'; readonly detail: string; readonly acceptEncoding?: string }
  | { readonly kind: 'invalid-values'; readonly faults: readonly DeviceFault[] }
  | { readonly kind: 'registry-unavailable' }
  | { readonly kind: 'internal-error' };

/** The status and title of each kind of problem, and the metric that counts it. */
export const problemKinds = {
  unauthorized: { status: 401, title: 'Unauthorized', metric: 'ReportsRefused' },
  'method-not-allowed': { status: 405, title: 'Method Not Allowed', metric: 'ReportsRefused' },
  'content-too-large': { status: 413, title: 'Content Too Large', metric: 'ReportsRefused' },
  'unsupported-media-type': { status: 415, title: 'Unsupported Media Type', metric: 'ReportsRefused' },
  'invalid-values': { status: 400, title: 'Bad Request', metric: 'ReportsRefused' },
  'registry-unavailable': { status: 503, title: 'Service Unavailable', metric: 'ReportsUnavailable' },
  'internal-error': { status: 500, title: 'Internal Server Error', metric: 'ReportsFailed' },
} as const satisfies Record<Problem['kind'], { status: number; title: string; metric: MetricName }>;

/** The size of the largest query and body together. The longest values that are valid need a quarter of it. */
export const maxRequestBytes = 16_384;

/** When to report again. Apps report at their next start anyway. */
const retryAfterSeconds = 30;

/** The answer to a request that was refused: a problem document. */
export function problemResponse(problem: Problem): APIGatewayProxyStructuredResultV2 {
  const { status, title } = problemKinds[problem.kind];
  const members = problem.kind === 'invalid-values' ? { faults: problem.faults } : {};
  return problemDocument({ status, title, ...detailsOf(problem) }, members);
}

function detailsOf(problem: Problem): Pick<ProblemDocument, 'detail' | 'headers'> {
  switch (problem.kind) {
    case 'unauthorized':
      return { detail: 'The address needs the account and its signature: account=ACCOUNT&sig=SIG.' };
    case 'method-not-allowed':
      return { detail: `The method must be GET or POST, not ${problem.method}.`, headers: { allow: 'GET, POST' } };
    case 'content-too-large':
      return { detail: `Query and body are larger than ${String(maxRequestBytes)} bytes in all.` };
    case 'unsupported-media-type': {
      const { detail, acceptEncoding } = problem;
      return { detail, ...(acceptEncoding !== undefined && { headers: { 'accept-encoding': acceptEncoding } }) };
    }
    case 'invalid-values':
      return { detail: sentencesOf(problem.faults) };
    case 'registry-unavailable':
      return {
        detail: `The registry is not available: report again in ${String(retryAfterSeconds)} seconds, or at the next start.`,
        headers: { 'retry-after': String(retryAfterSeconds) },
      };
    case 'internal-error':
      return { detail: 'An error in the relay. It is in its log.' };
    default:
      return problem satisfies never;
  }
}

/** A problem in a log. */
export function describeProblem(problem: Problem): LogFields {
  return {
    reason: problem.kind,
    ...(problem.kind === 'invalid-values' && { faults: problem.faults.map(describeFault) }),
  };
}

/** A fault in a log: its code with the name of its parameter, which is one of those that are known. */
export function describeFault({ parameter, code }: DeviceFault): string {
  return parameter === undefined ? code : `${parameter}: ${code}`;
}
