import { bounds } from '../../shared/push/validation.ts';
import { parseQueuedPush, type QueuedPush } from '../../shared/push/queued-push.ts';
import { maxBodyBytes } from './body-mutations.ts';
import { appOfOne } from './credentials.ts';
import { fieldAt, formSent, isRecord } from './oracle.ts';
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
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
};
/** Far below Lambda's limit of 6 MB; 64 parameters with several faults each come near it. */
const maxAnswerCharacters = 300_000;

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
  if (typeof body !== 'string' || body.length > maxAnswerCharacters) return 'the answer has no body or a huge one';
  const answer = parseJson(body);
  const contentType = fieldAt(response, 'headers', 'content-type');
  if (status !== 202) {
    if (queued.length > 0) return `a push that was answered with ${String(status)} is on the queue`;
    if (contentType !== 'application/problem+json') return 'the answer is not a problem document by its content type';
    return violationOfProblem(status, answer) ?? (status === 403 ? violationOfForbidden(sent) : undefined);
  }
  const [message] = queued;
  if (message === undefined || queued.length > 1) return `${String(queued.length)} pushes are on the queue`;
  if (contentType !== 'application/json' || fieldAt(answer, 'id') !== message.id)
    return 'the answer is not the id of the message';
  // eslint-disable-next-line no-control-regex -- the pattern looks for them
  if (/[\x00-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]/.test(message.body) || !message.body.isWellFormed()) {
    return 'the message contains a character that SQS does not accept';
  }
  const reading = parseQueuedPush(message.body);
  if (!reading.ok) return `the message cannot be read: ${reading.why}`;
  return violationOfAcceptance(sent) ?? violationOfPush(sent, reading.queued, acceptedAt);
}

function violationOfProblem(status: number, problem: unknown): string | undefined {
  if (titles[status] === undefined) return `the status is ${String(status)}`;
  if (!isRecord(problem)) return 'the answer is not a JSON object';
  const { type, title, detail, faults, ...others } = problem;
  const isValid =
    type === 'about:blank' && title === titles[status] && others['status'] === status && isWellFormedText(detail);
  if (!isValid || Object.keys(others).length > 1) return 'the answer is not a problem document';
  if (faults === undefined) return status === 400 ? 'a 400 has no faults' : undefined;
  const mayHaveFaults = status === 400 || status === 403;
  return mayHaveFaults && Array.isArray(faults) && faults.length > 0 && faults.every(isFault)
    ? undefined
    : 'the faults are invalid or unexpected';
}

function isFault(fault: unknown): boolean {
  if (!isRecord(fault)) return false;
  const { parameter = 'x', code, detail, ...others } = fault;
  const isPlain = typeof parameter === 'string' && parameter.isWellFormed() && typeof code === 'string';
  return isPlain && isWellFormedText(detail) && Object.keys(others).length === 0;
}

function isWellFormedText(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.isWellFormed();
}

function violationOfForbidden({ recipe, validKey, sent }: Case): string | undefined {
  if (recipe.access === 'open' || validKey !== 'one') return 'a client that may push to every app was refused one';
  const isAllowed = sent !== undefined && new Map(formSent(sent).parameters).get('AppId') === appOfOne;
  return isAllowed ? 'a client was refused an app that it may push to' : undefined;
}

/** Reasons for which an event must not be accepted, whatever its form contains. */
function violationOfAcceptance({ event, sent }: Case): string | undefined {
  if (fieldAt(event, 'requestContext', 'http', 'method') !== 'POST') return 'a request other than POST was accepted';
  const type = fieldAt(event, 'headers', 'content-type');
  if (typeof type !== 'string' || !/^\s*application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    return 'a body other than a form was accepted';
  }
  const coding = fieldAt(event, 'headers', 'content-encoding') ?? '';
  if (typeof coding !== 'string' || !/^\s*(identity)?\s*$/i.test(coding)) return 'an encoded body was accepted';
  if (sent === undefined) return 'a body was accepted that the event does not determine';
  return sent.length > maxBodyBytes ? 'a body larger than the maximum was accepted' : undefined;
}

function violationOfPush(
  { recipe, validKey, sent }: Case,
  { push, acceptedAt }: QueuedPush,
  sentAt: Date,
): string | undefined {
  const form = formSent(sent ?? Buffer.alloc(0));
  if (form.isBroken) return 'an invalid form was accepted';
  if (JSON.stringify(push.parameters) !== JSON.stringify(form.parameters)) {
    return 'the push on the queue differs from what was sent';
  }
  const values = new Map(form.parameters);
  if (values.size !== form.parameters.length) return 'a push with a repeated parameter was accepted';
  const isBounded =
    values.size <= bounds.parameters && values.keys().every((name) => name.length <= bounds.nameCharacters);
  if (!isBounded) return 'a push beyond the bounds was accepted';
  if (push.verb !== values.get('verb') || push.appId !== values.get('AppId')) return 'the verb or the AppId differs';
  if (push.deviceToken !== values.get('DeviceToken')) return 'the token differs';
  if (acceptedAt.getTime() !== sentAt.getTime()) return 'the time of acceptance differs';
  if (recipe.access === 'keys' && validKey === 'one' && push.appId !== appOfOne)
    return 'a push to an app that the key is not allowed was accepted';
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
