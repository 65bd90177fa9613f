import { parseRetryAfter } from './retry-after.ts';

/** The gateway's answer to an attempt, as far as it is read. */
export interface Answer {
  readonly status: number;
  /** The `Retry-After` header as it came. */
  readonly retryAfter?: string | undefined;
  /** The beginning of the body, up to the bound that the client reads to. */
  readonly body: string;
  /** Whether the connection ended, or the time, before the body did. */
  readonly cut: boolean;
}

/** How an attempt ended. `words` are the gateway's own, or what went wrong on the way to it. */
export type Outcome =
  | { readonly kind: 'delivered'; readonly status: number }
  /** The token is no longer registered: no later attempt will change that. */
  | { readonly kind: 'unregistered'; readonly status: number; readonly words: string }
  /** The gateway will never take this push as it is. */
  | { readonly kind: 'rejected'; readonly status: number; readonly words: string }
  /** The gateway asks for fewer pushes. */
  | {
      readonly kind: 'throttled';
      readonly status: number;
      readonly words: string;
      readonly retryAfterMs?: number;
    }
  /** Trouble that passes. Without a status where no answer came: time-out, refused or cut connection. */
  | { readonly kind: 'transient'; readonly status?: number; readonly words: string };

const wordsCharacters = 256;

/**
 * Judges an answer. The document says only that a missing parameter gives 400; the newer JSON sibling answers 2xx
 * even for a failure, with the true status in its body as `code` (`status` in an older text), so both are read.
 * @param now milliseconds since the epoch, to reckon a Retry-After given as a date.
 * @param hide takes out of the gateway's words what must not be repeated.
 */
export function judgeAnswer(answer: Answer, now: number, hide: (words: string) => string): Outcome {
  const said = isSuccess(answer.status) ? readStatement(answer.body) : undefined;
  // A 2xx alone is not enough where the rest is missing: it may have said that the push failed.
  if (isSuccess(answer.status) && said === undefined && answer.cut) {
    return { kind: 'transient', status: answer.status, words: 'the answer was cut short' };
  }
  const status = said?.status ?? answer.status;
  // Only where they are kept: hiding costs more than all the rest of an attempt that delivered.
  const words = () => cutWords(hide(said?.words ?? answer.body));
  switch (classOfStatus(status)) {
    case 'delivered':
      return { kind: 'delivered', status };
    case 'unregistered':
      return { kind: 'unregistered', status, words: words() };
    case 'rejected':
      return { kind: 'rejected', status, words: words() };
    case 'throttled': {
      const retryAfterMs = parseRetryAfter(answer.retryAfter, now);
      return { kind: 'throttled', status, words: words(), ...(retryAfterMs !== undefined && { retryAfterMs }) };
    }
    case 'transient':
      return { kind: 'transient', status, words: words() };
  }
}

/** The outcome of an attempt that got no answer. */
export function judgeFailure(words: string): Outcome {
  return { kind: 'transient', words: cutWords(words) };
}

function classOfStatus(status: number): Outcome['kind'] {
  if (isSuccess(status)) return 'delivered';
  if (status === 404 || status === 410) return 'unregistered';
  if (status === 429 || status === 503) return 'throttled';
  // 408 Request Timeout and 425 Too Early ask for the same request again.
  if (status === 408 || status === 425 || status >= 500) return 'transient';
  // The rest of 4xx; and 3xx, for a redirect followed would send a push to an address that nobody configured.
  return 'rejected';
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/**
 * What a JSON body says of the push. A number that can't be the status of an answer (0, 1, …) says nothing:
 * then the HTTP status stands.
 */
function readStatement(body: string): { status: number; words: string | undefined } | undefined {
  // trim() takes a byte order mark off as well, which JSON.parse would refuse.
  const text = body.trim();
  if (!text.startsWith('{')) return undefined;
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const status = [json['code'], json['status']].find(isFinalStatus);
  const response = json['response'];
  return status === undefined ? undefined : { status, words: typeof response === 'string' ? response : undefined };
}

function isFinalStatus(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 200 && value <= 599;
}

function cutWords(words: string): string {
  const oneLine = words.replace(/\s+/g, ' ').trim();
  // Cutting between the halves of a surrogate pair would leave one alone, which SQS and UTF-8 refuse.
  return oneLine.slice(0, wordsCharacters).toWellFormed();
}
