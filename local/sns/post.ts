/** https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.prepare.html */
const answerWithinMs = 15_000;

/** Why a subscriber did not take a message. */
export interface PostFault {
  readonly why: string;
  /** SNS repeats only what was answered with a 5xx or 429, or not at all. */
  readonly isFinal: boolean;
}

/** Posts a message to a subscriber. @returns undefined if it has taken it. */
export async function postMessage(
  endpoint: URL,
  headers: Readonly<Record<string, string>>,
  message: object,
  abortSignal: AbortSignal,
): Promise<PostFault | undefined> {
  const { username, password } = endpoint;
  const address = new URL(endpoint);
  // `fetch` refuses an address that has them.
  [address.username, address.password] = ['', ''];
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  try {
    const { status, body } = await fetch(address, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        ...headers,
        'content-type': 'text/plain; charset=UTF-8',
        'user-agent': 'Amazon Simple Notification Service Agent',
        ...(username !== '' && { authorization: `Basic ${basic}` }),
      },
      body: JSON.stringify(message, undefined, 2),
      signal: AbortSignal.any([abortSignal, AbortSignal.timeout(answerWithinMs)]),
    });
    await body?.cancel();
    if (status >= 200 && status < 300) return undefined;
    return { why: `it answered ${String(status)}`, isFinal: status < 500 && status !== 429 };
  } catch (error) {
    return { why: reasonOf(error), isFinal: false };
  }
}

/** An address for the terminal: its query may be a secret. */
export function shownAddress({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

/** Why `fetch` has failed. Its own message is always "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${String(answerWithinMs / 1000)} seconds`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}
