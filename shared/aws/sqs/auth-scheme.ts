import type { SQSClientConfig } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import { createSigner, type Credentials } from './signature.ts';

type AuthScheme = NonNullable<SQSClientConfig['httpAuthSchemes']>[number];

/**
 * A clock that is wrong by so much is set right, as the SDK itself does it: AWS refuses what is signed five minutes off.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
 */
const correctedSkewMs = 240_000;

/**
 * How the SDK signs its calls: with our own signer, and with the credentials of the moment. (Given a function, the SDK
 * keeps for ever what it returned, unless that says when it expires.)
 * @param now milliseconds since the epoch.
 */
export function createAuthScheme(region: string, credentials: () => Credentials, now: () => number): AuthScheme {
  const sign = createSigner('sqs', region);
  let clockOffsetMs = 0;
  return {
    schemeId: 'aws.auth#sigv4',
    // Who signs is asked when a request is signed, so that each attempt has the credentials of its own moment.
    identityProvider: () => () => Promise.resolve({}),
    signer: {
      sign(request) {
        const { method, protocol, hostname, port, path, headers } = request;
        const isDefaultPort = port === undefined || port === (protocol === 'https:' ? 443 : 80);
        headers['host'] = isDefaultPort ? hostname : `${hostname}:${String(port)}`;
        const body: unknown = request.body;
        const signed = {
          method,
          path,
          headers,
          body: typeof body === 'string' || body instanceof Uint8Array ? body : '',
        };
        Object.assign(headers, sign(signed, credentials(), now() + clockOffsetMs));
        return Promise.resolve(request);
      },
      errorHandler: () => (error) => {
        const said = serverDateOf(error);
        const offsetMs = said === undefined ? 0 : said - now();
        if (Math.abs(offsetMs - clockOffsetMs) >= correctedSkewMs) {
          clockOffsetMs = offsetMs;
          askForAnotherAttempt(error);
        }
        throw error;
      },
    },
  };
}

const answered = v.object({ $response: v.object({ headers: v.object({ date: v.string() }) }) });

/** What the clock of the service said when it refused, in milliseconds since the epoch. */
function serverDateOf(error: unknown): number | undefined {
  if (!v.is(answered, error)) return undefined;
  const date = Date.parse(error.$response.headers.date);
  return Number.isNaN(date) ? undefined : date;
}

/** The SDK tries again after an error that says so: the clock is right now. */
function askForAnotherAttempt(error: unknown): void {
  if (typeof error !== 'object' || error === null) return;
  const metadata: unknown = Reflect.get(error, '$metadata');
  if (typeof metadata === 'object' && metadata !== null) Object.assign(metadata, { clockSkewCorrected: true });
}
