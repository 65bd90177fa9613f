import type { GatewayFormat } from '../../../shared/gateway-format.ts';

/** What the sandbox answers. */
export interface SandboxAnswer {
  /** What the answer says of the push: the code in its body, or the HTTP status if the body has none. */
  readonly status: number;
  readonly httpStatus: number;
  readonly contentType: string;
  readonly body: string;
}

/** Whether a status accepts what it answers. @param status `null`: there was no answer. */
export function isAccepted(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300;
}

/** How one of the two gateways reads pushes, and how it answers. */
export interface Wire {
  readonly path: string;
  readonly mediaType: string;
  /** The HTTP statuses for what is not a push. */
  readonly refusals: Readonly<Record<'method' | 'mediaType' | 'body', number>>;
  /** The parameters in a body, or `undefined` if it cannot be read. */
  readonly read: (body: string) => Readonly<Record<string, string>> | undefined;
  /** Whether a push with this verb needs a Selector. */
  readonly requiresSelector: (verb: string | undefined) => boolean;
  readonly answer: (status: number, words: string) => SandboxAnswer;
}

/** What the newer gateway says in the body of a 200. Any other status can only come from what is in front of it. */
const statedCodes: ReadonlySet<number> = new Set([200, 400, 404, 500]);

/** An answer that says in its JSON body what became of the push. */
export function statement(code: number, words: string, httpStatus = 200): SandboxAnswer {
  const body = JSON.stringify({ code, response: words });
  return { status: code, httpStatus, contentType: 'application/json', body };
}

/** The two gateways. Both decode with what Node has, because the relay's own decoders would repeat their own faults. */
export const wires: Readonly<Record<GatewayFormat, Wire>> = {
  form: {
    path: '/pnm2',
    mediaType: 'application/x-www-form-urlencoded',
    refusals: { method: 405, mediaType: 415, body: 400 },
    read: (body) => Object.fromEntries(new URLSearchParams(body)),
    // Its document requires a Selector with NotifyTextMessage. Nobody has seen what happens without one.
    requiresSelector: () => false,
    answer: (status, words) => ({ status, httpStatus: status, contentType: 'text/plain', body: words }),
  },
  json: {
    path: '/pnm2/send',
    mediaType: 'application/json',
    refusals: { method: 400, mediaType: 400, body: 400 },
    read: readObject,
    requiresSelector: (verb) => verb !== 'NotifyGenericTextMessage',
    answer: (status, words) => statement(status, words, statedCodes.has(status) ? 200 : status),
  },
};

/** The members of a JSON object, as strings. `null` counts as absent. */
function readObject(body: string): Readonly<Record<string, string>> | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const members: [string, unknown][] = Object.entries(json);
  return Object.fromEntries(
    members
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
