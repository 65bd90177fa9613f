import { post } from './smoke.ts';

/** What a request without a valid key was answered. */
export interface AccessCheck {
  readonly isOk: boolean;
  readonly text: string;
}

/** Headers that may carry the challenge of a 401: API Gateway renames some headers of a function's answer. */
const challengeHeaders = ['www-authenticate', 'x-amzn-remapped-www-authenticate'];

/** Checks that an intake refuses requests without a valid key. They contain no push, so that none can be sent. */
export async function checkAccess(url: URL, signal: AbortSignal): Promise<readonly AccessCheck[]> {
  const withoutKey = await post(url, undefined, {}, signal);
  const withWrongKey = await post(url, 'a wrong key', {}, signal);
  const header = challengeHeaders.find((name) => withoutKey.headers.has(name));
  const isRefused = withoutKey.status === 401;
  return [
    {
      isOk: isRefused,
      text: isRefused
        ? `without a key: 401, ${describeChallenge(header)}`
        : `without a key: ${String(withoutKey.status)} instead of 401`,
    },
    {
      isOk: withWrongKey.status === 401,
      text: `with a wrong key: ${String(withWrongKey.status)}${withWrongKey.status === 401 ? '' : ' instead of 401'}`,
    },
  ];
}

function describeChallenge(header: string | undefined): string {
  if (header === 'www-authenticate') return 'with WWW-Authenticate';
  const found = header === undefined ? 'without WWW-Authenticate' : `with ${header} instead of WWW-Authenticate`;
  return `${found}: clients that wait for a challenge, such as wget with the key in the address, need --auth-no-challenge`;
}
