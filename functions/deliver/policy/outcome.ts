export interface Answer {
  readonly status: number;
  /** The `Retry-After` header as it was sent. */
  readonly retryAfter?: string | undefined;
  /** The body, or as much of it as the client reads. */
  readonly body: string;
  /** Why the rest of the body is missing, in words of the relay. Absent if the body is complete. */
  readonly failure?: string | undefined;
}

/**
 * The gateway's text, without what must not be repeated. A function, because hiding costs more CPU than the rest of a
 * failed attempt, and only the event and the dead letter of a push have the words. JSON, such as a line of the log, leaves
 * functions out.
 */
type Words = () => string;

/** How an attempt ended. `failure` says what went wrong besides the gateway's words, in words of the relay. */
export type Outcome =
  | {
      readonly kind: 'delivered';
      readonly status: number;
      /** Whether the answer was an HTML page, which may be that of a proxy. */
      readonly isPage?: true;
    }
  /** The token is no longer registered. No later attempt will change that. */
  | { readonly kind: 'unregistered'; readonly status: number; readonly words: Words }
  /** The gateway will never accept this push. */
  | { readonly kind: 'rejected'; readonly status: number; readonly words: Words }
  /** The gateway asks for fewer pushes. */
  | { readonly kind: 'throttled'; readonly status: number; readonly words: Words; readonly retryAfterMs?: number }
  /** The gateway answered with a temporary failure. */
  | { readonly kind: 'transient'; readonly status: number; readonly words: Words }
  /** The gateway's answer, or the rest of it, is missing. */
  | {
      readonly kind: 'transient';
      readonly status?: number;
      readonly failure: string;
      /** Whether the failure speaks against the address of the gateway. */
      readonly isAddressFault?: true;
    };

const wordsCharacters = 256;

/**
 * Judges an answer. The gateway's document says only that a missing parameter gives 400. Its newer JSON sibling answers
 * 2xx even for a failure, with the real status in its body as `code` (`status` in an older text): both are read.
 * @param now milliseconds since the epoch, for a Retry-After that is a date.
 * @param hide removes from the gateway's words what must not be repeated. It is called once they are asked for.
 */
export function judgeAnswer(answer: Answer, now: number, hide: (words: string) => string): Outcome {
  const statement = readStatement(answer.body);
  // The missing rest of a 2xx may have said that the push failed.
  if (isSuccess(answer.status) && statement === undefined && answer.failure !== undefined) {
    return { kind: 'transient', status: answer.status, failure: answer.failure };
  }
  // A failure stays one, whatever its body says.
  const status = (isSuccess(answer.status) ? statement?.status : undefined) ?? answer.status;
  const kind = classOfStatus(status);
  if (kind === 'delivered') return { kind, status, ...(isPage(answer.body) && { isPage: true }) };
  const words = once(() => cutWords(hide(statement?.words ?? answer.body)));
  // Its own line, because the type has a second transient outcome: that without an answer.
  if (kind === 'transient') return { kind, status, words };
  if (kind !== 'throttled') return { kind, status, words };
  const retryAfterMs = parseRetryAfter(answer.retryAfter, now);
  return { kind, status, words, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** The event and the dead letter of a push have the same words, and so have pushes that share an attempt. */
function once(compute: Words): Words {
  let words: string | undefined;
  return () => (words ??= compute());
}

function classOfStatus(status: number): Outcome['kind'] {
  if (isSuccess(status)) return 'delivered';
  if (status === 404 || status === 410) return 'unregistered';
  if (status === 429 || status === 503) return 'throttled';
  // 408 Request Timeout and 425 Too Early ask for the same request again. Below 200, no status is final.
  if (status === 408 || status === 425 || status >= 500 || status < 200) return 'transient';
  // The rest of 4xx. Also 3xx: following a redirect would send pushes to an address that nobody configured.
  return 'rejected';
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function isPage(body: string): boolean {
  return /^\s*<(?:!doctype html|html)\b/i.test(body);
}

/** What a JSON body says about the push. A number that is not a final HTTP status says nothing. */
function readStatement(body: string): { status: number; words: string | undefined } | undefined {
  // JSON.parse refuses a byte order mark, which trim() removes.
  const text = body.trim();
  // Saves parsing, and the exception, for the bodies that are not JSON. What is parsed is then an object.
  if (!text.startsWith('{')) return undefined;
  let json: Readonly<Record<string, unknown>>;
  try {
    json = JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  const status = [json['code'], json['status']].find(isFinalStatus);
  const response = json['response'];
  return status === undefined ? undefined : { status, words: typeof response === 'string' ? response : undefined };
}

function isFinalStatus(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599;
}

function cutWords(words: string): string {
  const oneLine = words.replace(/\s+/g, ' ').trim();
  // A cut inside a surrogate pair leaves half of it, which neither SQS nor UTF-8 allows.
  return oneLine.slice(0, wordsCharacters).toWellFormed();
}

/**
 * Reads a `Retry-After` header: whole seconds or an HTTP date.
 * https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 * @returns milliseconds from now, 0 for a date in the past, `undefined` if it is absent or invalid.
 */
function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  const value = header?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // Every HTTP date begins with the name of a day. Date.parse alone would accept "3.5".
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value)) return undefined;
  // Every HTTP date is in GMT, but the oldest form does not say so.
  // Stryker disable next-line MethodExpression: equivalent, because Date.parse accepts a second GMT.
  const at = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
