import { bounds } from '../../shared/push/validation.ts';
import { parseQueuedPush, type QueuedPush } from '../../shared/push/queued-push.ts';
import { maxBodyBytes } from './body-mutations.ts';
import { appOfOne } from './credentials.ts';
import { fieldAt, formSent, isRecord } from './oracle.ts';
import type { Case } from './plan.ts';

/** What came of an event. */
export interface Result {
  /** What was thrown, if anything was. */
  readonly error?: unknown;
  readonly response?: unknown;
  /** The messages on the queue, each under the id that the door was told. */
  readonly queued: readonly { readonly id: string; readonly body: string }[];
}

/** Every answer that there is to an event while the queue takes everything. */
const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
};
/** Far below the 6 MB that a function may answer; reached by 64 parameters with several faults each. */
const maxAnswerCharacters = 300_000;

/** What must never happen and did, in words that repeat nothing of the event; `undefined` where all is well. */
export function violationOf(sent: Case, { error, response, queued }: Result, acceptedAt: Date): string | undefined {
  if (error !== undefined) return `it threw: ${error instanceof Error ? error.name : typeof error}`;
  const status = fieldAt(response, 'statusCode');
  if (typeof status !== 'number') return 'there is no status';
  if (sent.expectedStatus !== undefined && status !== sent.expectedStatus) {
    return `the status is ${String(status)} and not ${String(sent.expectedStatus)}`;
  }
  if (status === 401 && (sent.plan.door === 'open' || sent.goodKey !== undefined)) return 'a good key was refused';
  const headers = Object.values(fieldAt(response, 'headers') ?? {}) as unknown[];
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (!headers.every((value) => typeof value === 'string' && !/[\x00-\x1F\x7F]/.test(value))) {
    return 'a header of the answer is no text or has a control character';
  }
  const body = fieldAt(response, 'body');
  if (typeof body !== 'string' || body.length > maxAnswerCharacters) return 'the answer has no body, or a huge one';
  const answer = parseJson(body);
  const contentType = fieldAt(response, 'headers', 'content-type');
  if (status !== 202) {
    if (queued.length > 0) return `a push that was answered with ${String(status)} is on the queue`;
    if (contentType !== 'application/problem+json') return 'the content type is not that of a problem document';
    return violationOfProblem(status, answer) ?? (status === 403 ? violationOfForbidden(sent) : undefined);
  }
  const [message] = queued;
  if (message === undefined || queued.length > 1) return `${String(queued.length)} pushes are on the queue`;
  if (contentType !== 'application/json' || fieldAt(answer, 'id') !== message.id) return 'the answer is not the id';
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\x00-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]/.test(message.body) || !message.body.isWellFormed()) {
    return 'the message has a character that SQS does not take';
  }
  const reading = parseQueuedPush(message.body);
  if (!reading.ok) return `the message can't be read: ${reading.why}`;
  return violationOfAcceptance(sent) ?? violationOfPush(sent, reading.queued, acceptedAt);
}

function violationOfProblem(status: number, problem: unknown): string | undefined {
  if (titles[status] === undefined) return `the status is ${String(status)}`;
  if (!isRecord(problem)) return 'the answer is no JSON object';
  const { type, title, detail, faults, ...others } = problem;
  const isWell =
    type === 'about:blank' && title === titles[status] && others['status'] === status && isWellFormedText(detail);
  if (!isWell || Object.keys(others).length > 1) return 'the answer is no problem document';
  if (faults === undefined) return status === 400 ? 'a bad request has no faults' : undefined;
  const isTold = status === 400 || status === 403;
  return isTold && Array.isArray(faults) && faults.length > 0 && faults.every(isFault)
    ? undefined
    : 'the faults are no faults';
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

function violationOfForbidden({ plan, goodKey, sent }: Case): string | undefined {
  if (plan.door === 'open' || goodKey !== 'one') return 'whoever may push to any app was forbidden one';
  const isAllowed = sent !== undefined && new Map(formSent(sent).parameters).get('AppId') === appOfOne;
  return isAllowed ? 'an app was forbidden that is allowed' : undefined;
}

/** What forbids that anything is accepted, whatever the form says. */
function violationOfAcceptance({ event, sent }: Case): string | undefined {
  if (fieldAt(event, 'requestContext', 'http', 'method') !== 'POST') return 'what is no POST was accepted';
  const type = fieldAt(event, 'headers', 'content-type');
  if (typeof type !== 'string' || !/^\s*application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    return 'what is no form was accepted';
  }
  const coding = fieldAt(event, 'headers', 'content-encoding') ?? '';
  if (typeof coding !== 'string' || !/^\s*(identity)?\s*$/i.test(coding)) return 'an encoded body was accepted';
  if (sent === undefined) return 'a push was accepted where it can’t be known what was sent';
  return sent.length > maxBodyBytes ? 'a body beyond the bound was accepted' : undefined;
}

function violationOfPush(
  { plan, goodKey, sent }: Case,
  { push, acceptedAt }: QueuedPush,
  sentAt: Date,
): string | undefined {
  const form = formSent(sent ?? Buffer.alloc(0));
  if (form.isBroken) return 'a form was accepted that had to be repaired';
  if (JSON.stringify(push.parameters) !== JSON.stringify(form.parameters)) {
    return 'the push on the queue differs from what was sent';
  }
  const values = new Map(form.parameters);
  if (values.size !== form.parameters.length) return 'a push with a repeated parameter was accepted';
  const isBounded =
    values.size <= bounds.parameters && values.keys().every((name) => name.length <= bounds.nameCharacters);
  if (!isBounded) return 'a push beyond the bounds was accepted';
  if (push.verb !== values.get('verb') || push.appId !== values.get('AppId')) return 'the verb or the app differs';
  if (push.deviceToken !== values.get('DeviceToken')) return 'the token differs';
  if (acceptedAt.getTime() !== sentAt.getTime()) return 'the time of acceptance differs';
  if (plan.door === 'keys' && goodKey === 'one' && push.appId !== appOfOne) return 'a foreign app was let in';
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
