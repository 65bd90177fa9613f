import { isUtf8 } from 'node:buffer';
import { bounds } from '../../shared/push/validation.ts';
import { parseQueuedPush } from '../../shared/push/queued-push.ts';
import { accountOf, devicesFor, pushTo } from './accounts.ts';
import { maxBodyBytes } from './byte-mutations.ts';
import { areFaults } from './faults.ts';
import { fieldAt, isRecord, type Format, type JsonRecord, type SentContent, type SentPush } from './oracle.ts';
import { codeOf, statusOfPushes, type Case } from './recipe.ts';
import { isTooLarge } from './validity.ts';

/** What the intake did with content. */
interface Handling {
  readonly format: Format;
  readonly status: 202 | 400 | 403 | 404;
  readonly answer: JsonRecord;
  /** The messages on the queue by their ids; each is taken out by the result that names it. */
  readonly messages: Map<string, string>;
  readonly acceptedAt: Date;
}

/** What is wrong with an answer of 202, 400, 403 or 404, or with the queue, given what was sent. */
export function violationOfContent(sent: Case, content: SentContent, handling: Handling): string | undefined {
  const { format, status, answer, messages } = handling;
  const { results } = answer;
  if (results !== undefined) {
    if (content.kind !== 'batch' || !Array.isArray(results)) return 'what is no batch has results';
    return violationOfBatch(sent, content.pushes, results, handling);
  }
  if (status === 202) {
    if (content.kind !== 'push') return 'what is no push was accepted';
    if (sent.sent !== undefined && sent.sent.length > maxBodyBytes)
      return 'a body larger than the maximum was accepted';
    const { id, ids, ...others } = answer;
    if (!isAccepted(others)) return 'the answer is not what clients of the newer gateway look for';
    const violation = violationOfMessages(sent, content.push, { id, ids }, handling);
    if (violation !== undefined) return violation;
    if (messages.size > 0) return 'a message is on the queue that the answer does not name';
    return codeOf(content.push, sent.client) === 200 || isAmbiguous(sent, handling)
      ? undefined
      : 'a push was wrongly accepted';
  }
  const { faults } = answer;
  // Faults of the request, or of its body as a whole: another intake could not read its content either.
  const codes = areFaults(faults) ? faults.map(({ code }) => code) : [];
  if (!sent.isIntact || codes.some((code) => ['event', 'base64', 'ttl', 'idempotency-key'].includes(code)))
    return undefined;
  switch (content.kind) {
    case 'nothing':
      return status === 400 ? undefined : 'what is no push was not answered with 400';
    case 'batch':
      return 'a batch was refused without results';
    case 'push': {
      // A form whose text is JSON is taken for a mistake.
      if (codes.includes('json') && format === 'form') return undefined;
      if (codeOf(content.push, sent.client) !== status && !isAmbiguous(sent, handling))
        return `a push was wrongly answered with ${String(status)}`;
      return status === 404 ? undefined : violationOfNames(content.push, faults);
    }
    default:
      return content satisfies never;
  }
}

function violationOfBatch(
  sent: Case,
  pushes: readonly SentPush[],
  results: readonly unknown[],
  handling: Handling,
): string | undefined {
  if (sent.sent !== undefined && sent.sent.length > bounds.batchBytes)
    return 'a batch larger than the maximum was read';
  if (results.length !== pushes.length) return 'the results are not as many as the pushes';
  const { status, answer, messages } = handling;
  for (const [index, push] of pushes.entries()) {
    const limited = isTooLarge(push) ? { ...push, isBroken: true } : push;
    const violation = violationOfResult(sent, limited, results[index], handling);
    if (violation !== undefined) return violation;
  }
  if (messages.size > 0) return 'a message is on the queue that no result names';
  const codes = results.map((result) => fieldAt(result, 'code') as ReturnType<typeof codeOf>);
  if (status !== statusOfPushes(codes)) return `a batch was wrongly answered with ${String(status)}`;
  const accepted = codes.filter((code) => code === 200).length;
  if (status === 202) {
    const response = `${String(accepted)} of ${String(pushes.length)} pushes were accepted.`;
    return JSON.stringify({ ...answer, results: [] }) === JSON.stringify({ code: 200, response, results: [] })
      ? undefined
      : 'a batch is counted wrongly';
  }
  const [, index] = /\. \[(\d+)\]: ./.exec(String(answer['detail'])) ?? [];
  return codes[Number(index)] === status ? undefined : 'a refused batch does not name one of its pushes';
}

function violationOfResult(sent: Case, push: SentPush, result: unknown, handling: Handling): string | undefined {
  if (!isRecord(result)) return 'a result is not an object';
  const { code, id, ids, response, faults, ...others } = result;
  if (Object.keys(others).length > 0) return 'a result has an unknown member';
  if (code !== codeOf(push, sent.client) && !isAmbiguous(sent, handling))
    return `a push has the wrong code ${String(code)}`;
  if (code === 200) {
    if (faults !== undefined || !isAccepted({ code, response })) return 'the result of an accepted push is another';
    return violationOfMessages(sent, push, { id, ids }, handling);
  }
  const hasFaults = code === 404 ? faults === undefined : areFaults(faults);
  if (id !== undefined || ids !== undefined || typeof response !== 'string' || response === '' || !hasFaults) {
    return 'the result of a refused push does not say why';
  }
  return code === 400 ? violationOfNames(push, faults) : undefined;
}

/**
 * Whether a valid push may be refused. In JSON, bytes that are not UTF-8 become U+FFFD somewhere on their way, and then
 * the intake cannot tell it from one that was sent. In a form, it need not put a character together from a byte and
 * percent sequences.
 */
function isAmbiguous({ sent, isIntact }: Case, { format }: Handling): boolean {
  if (sent === undefined) return true;
  if (format === 'form') return sent.some((byte) => byte > 0x7f);
  return sent.includes('\uFFFD') && !(isIntact && isUtf8(sent));
}

// eslint-disable-next-line no-control-regex -- the pattern looks for them
const refusedBySqs = /[\x00-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]/;

/** In a batch, five faults of a push are told. */
const toldFaults = 5;

function violationOfNames({ brokenNames }: SentPush, faults: unknown): string | undefined {
  if (!areFaults(faults)) return 'the faults are invalid';
  const named = new Set(faults.map(({ parameter }) => parameter));
  // Long names are cut, and one with U+FFFD may stand for bytes that were lost, or for what SQS does not accept.
  const comparable = brokenNames.filter(
    (name) => name.length <= 64 && !name.includes('\uFFFD') && !refusedBySqs.test(name),
  );
  // A push with too many parameters or bytes has that fault, and not those of each parameter.
  const areAll = faults.length < toldFaults && !named.has(undefined);
  return !areAll || comparable.every((name) => named.has(name)) ? undefined : 'the faults do not name each parameter';
}

/** What is wrong with the messages of an accepted push, which an account push has for each device. */
function violationOfMessages(
  sent: Case,
  push: SentPush,
  { id, ids }: { readonly id: unknown; readonly ids: unknown },
  handling: Handling,
): string | undefined {
  const account = accountOf(push);
  const devices = account === undefined ? [] : devicesFor(account, sent.client);
  const pushes = account === undefined ? [push] : devices.map((device) => pushTo(device, push));
  const [named, other] = account === undefined ? [[id], ids] : [ids, id];
  if (other !== undefined || !Array.isArray(named) || named.length !== pushes.length) {
    return 'a push does not have one id for each device';
  }
  for (const [at, one] of pushes.entries()) {
    const body = takeMessage(handling.messages, named[at]);
    if (body === undefined) return 'a result does not name a message of its own';
    const violation = violationOfPush(sent, one, body, handling);
    if (violation !== undefined) return violation;
  }
  return undefined;
}

function isAccepted(members: object): boolean {
  return JSON.stringify(members) === JSON.stringify({ code: 200, response: 'Accepted' });
}

function takeMessage(messages: Map<string, string>, id: unknown): string | undefined {
  if (typeof id !== 'string') return undefined;
  const body = messages.get(id);
  messages.delete(id);
  return body;
}

function violationOfPush(
  sent: Case,
  { parameters, isBroken, brokenNames }: SentPush,
  body: string,
  handling: Handling,
) {
  if (refusedBySqs.test(body) || !body.isWellFormed()) {
    return 'the message contains a character that SQS does not accept';
  }
  const reading = parseQueuedPush(body);
  if (!reading.ok) return `the message cannot be read: ${reading.why}`;
  const { push, acceptedAt, expiresAt, client } = reading.queued;
  if (isBroken) return 'an invalid push was accepted';
  if (asText(push.parameters, handling) !== asText(parameters, handling))
    return 'the push on the queue differs from what was sent';
  const values = new Map(parameters);
  if (values.size !== parameters.length) return 'a push with a repeated parameter was accepted';
  const isBounded =
    values.size <= bounds.parameters && values.keys().every((name) => name.length <= bounds.nameCharacters);
  if (!isBounded) return 'a push beyond the bounds was accepted';
  if (push.verb !== values.get('verb') || push.appId !== values.get('AppId')) return 'the verb or the AppId differs';
  if (push.deviceToken !== values.get('DeviceToken')) return 'the token differs';
  if (fieldAt(JSON.parse(body), 'version') !== 2) return 'the version of the message is another';
  if (acceptedAt.getTime() !== handling.acceptedAt.getTime()) return 'the time of acceptance differs';
  if (expiresAt?.getTime() !== expiryOf(sent.event, handling.acceptedAt)) return 'the end of the time to live differs';
  if (client !== sent.client) return 'the client of the push is another';
  return codeOf({ parameters, isBroken, brokenNames }, sent.client) === 403
    ? 'a push to an app that the key is not allowed was accepted'
    : undefined;
}

/** The order of the members of a JSON object has no meaning. */
function asText(parameters: SentPush['parameters'], { format }: Handling): string {
  return JSON.stringify(
    format === 'json' ? parameters.toSorted(([one], [other]) => (one < other ? -1 : 1)) : parameters,
  );
}

/** When the time to live of an accepted request ends; NaN if it has a bad one. */
function expiryOf(event: unknown, sentAt: Date): number | undefined {
  const ttl = fieldAt(event, 'headers', 'ttl');
  if (ttl === undefined) return undefined;
  const [, seconds] = /^[ \t]*([0-9]{1,10})[ \t]*$/.exec(typeof ttl === 'string' ? ttl : '') ?? [];
  return sentAt.getTime() + Number(seconds ?? NaN) * 1000;
}
