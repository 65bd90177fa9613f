import { isUtf8 } from 'node:buffer';
import { maxBodyBytes } from './byte-mutations.ts';
import { areFaults, isWellFormedText } from './faults.ts';
import { violationOfContent } from './judge-content.ts';
import { contentSent, fieldAt, formatOf, isRecord, type JsonRecord } from './oracle.ts';
import type { Case } from './recipe.ts';

/** What the intake did with an event. */
export interface Result {
  /** What it threw, if anything. */
  readonly error?: unknown;
  readonly response?: unknown;
  /** The messages on the queue, with the ids that the queue gave them. */
  readonly queued: readonly { readonly id: string; readonly body: string }[];
}

/** Every refusal that is possible while the queue takes every push. */
const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
};
/** Far below Lambda's limit of 6 MB; 64 parameters with several faults each, or a thousand pushes, come near it. */
const maxAnswerCharacters = { form: 300_000, json: 1_000_000 };

/** The invariant that was violated, without anything of the event; `undefined` if none was. */
export function violationOf(sent: Case, { error, response, queued }: Result, acceptedAt: Date): string | undefined {
  if (error !== undefined) return `it threw: ${error instanceof Error ? error.name : typeof error}`;
  const status = fieldAt(response, 'statusCode');
  if (typeof status !== 'number') return 'the answer has no status';
  if (sent.expectedStatus !== undefined && status !== sent.expectedStatus) {
    return `the status is ${String(status)}, not ${String(sent.expectedStatus)}`;
  }
  if (status === 401 && (sent.recipe.access === 'open' || sent.validKey !== undefined))
    return 'a valid key was refused';
  const headers = Object.values(fieldAt(response, 'headers') ?? {}) as unknown[];
  // eslint-disable-next-line no-control-regex -- the pattern looks for them
  if (!headers.every((value) => typeof value === 'string' && !/[\x00-\x1F\x7F]/.test(value))) {
    return 'a header of the answer is not a string or contains a control character';
  }
  const body = fieldAt(response, 'body');
  const format = formatOf(fieldAt(sent.event, 'headers', 'content-type'));
  if (typeof body !== 'string' || body.length > maxAnswerCharacters[format ?? 'form'])
    return 'the answer has no body or a huge one';
  const answer = parseJson(body);
  if (!isRecord(answer)) return 'the answer is not a JSON object';
  const contentType = fieldAt(response, 'headers', 'content-type');
  if (status === 202) {
    if (contentType !== 'application/json') return 'the answer is not JSON by its content type';
  } else {
    if (queued.length > 0) return `a push that was answered with ${String(status)} is on the queue`;
    if (contentType !== 'application/problem+json') return 'the answer is not a problem document by its content type';
    const violation = violationOfProblem(status, answer);
    if (violation !== undefined) return violation;
  }
  if (status === 413) return violationOfSize(sent);
  if (status !== 202 && status !== 400 && status !== 403 && status !== 404) return undefined;
  const violation = status === 202 || 'results' in answer ? violationOfAcceptance(sent) : undefined;
  if (violation !== undefined || sent.sent === undefined || format === undefined) return violation;
  const messages = new Map(queued.map(({ id, body: message }) => [id, message]));
  if (messages.size !== queued.length) return 'two messages have one id';
  return violationOfContent(sent, contentSent(format, sent.sent), { format, status, answer, messages, acceptedAt });
}

function violationOfProblem(status: number, problem: JsonRecord): string | undefined {
  if (titles[status] === undefined) return `the status is ${String(status)}`;
  const { type, title, status: told, detail, code, response, faults, results, ...others } = problem;
  const isValid = type === 'about:blank' && title === titles[status] && told === status && isWellFormedText(detail);
  if (!isValid || Object.keys(others).length > 0) return 'the answer is not a problem document';
  if (code !== status || response !== detail) return 'the answer is not what clients of the newer gateway look for';
  const mayHaveFaults = status === 400 || status === 403;
  if (results !== undefined) {
    return (mayHaveFaults || status === 404) && faults === undefined
      ? undefined
      : 'the results are unexpected, or beside faults';
  }
  if (faults === undefined) return status === 400 ? 'a 400 has no faults' : undefined;
  return mayHaveFaults && areFaults(faults) ? undefined : 'the faults are invalid or unexpected';
}

function violationOfSize({ sent, isIntact }: Case): string | undefined {
  // What stands for lost bytes in text is larger than they were.
  const isSmall = isIntact && sent !== undefined && isUtf8(sent) && sent.length <= maxBodyBytes;
  return isSmall ? 'a small body was refused as large' : undefined;
}

/** Reasons for which nothing of an event must be accepted, whatever its body contains. */
function violationOfAcceptance({ event, sent }: Case): string | undefined {
  if (fieldAt(event, 'requestContext', 'http', 'method') !== 'POST') return 'a request other than POST was accepted';
  if (formatOf(fieldAt(event, 'headers', 'content-type')) === undefined) {
    return 'a body other than a form or JSON was accepted';
  }
  const coding = fieldAt(event, 'headers', 'content-encoding') ?? '';
  if (typeof coding !== 'string' || !/^\s*(identity)?\s*$/i.test(coding)) return 'an encoded body was accepted';
  return sent === undefined ? 'a body was accepted that the event does not determine' : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
