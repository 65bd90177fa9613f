import { findApiKey, type ApiKey, type Credential } from '../../shared/api-key.ts';
import type { RequestHeaders } from '../../shared/http/request.ts';
import type { LogFields } from '../../shared/log.ts';
import type { Problem } from './problem.ts';

/** Who may send pushes: clients with one of these API keys, or everybody (only on the local stack). */
export type Access = 'open' | readonly ApiKey[];

/** Who sent a request: its API key, or `{}` if the intake is open. */
export type Client = Partial<Pick<ApiKey, 'name' | 'appIds'>>;

type Admission =
  | { readonly ok: true; readonly client: Client }
  | { readonly ok: false; readonly problem: Problem; readonly fields: LogFields };

/** Checks the API key of a request. If no key is configured, every request is refused. */
export function admit(headers: RequestHeaders, access: Access): Admission {
  if (access === 'open') return { ok: true, client: {} };
  const credentials = credentialsOf(headers);
  const client = findApiKey(credentials, access);
  if (client !== undefined) return { ok: true, client };
  return { ok: false, problem: { kind: 'unauthorized' }, fields: { why: whyRefused(credentials, access) } };
}

/** The problem with a push to this app if the API key is limited to other apps. */
export function problemOfApp({ name = '', appIds }: Client, appId: string): Problem | undefined {
  return appIds?.has(appId) === false ? { kind: 'forbidden', appId, keyName: name } : undefined;
}

/**
 * Reads `X-Api-Key`, `Authorization: Bearer` and HTTP Basic. HTTP Basic serves old clients, which can set nothing but
 * a URL (`https://NAME:KEY@HOST/pnm2`). A header that is not a string is ignored.
 */
function credentialsOf(headers: RequestHeaders): Credential[] {
  const credentials: Credential[] = [];
  const apiKey = textOf(headers['x-api-key']).trim();
  if (apiKey) credentials.push({ key: apiKey });
  const [, scheme = '', token = ''] = /^\s*(\S+)\s+(\S+)\s*$/.exec(textOf(headers['authorization'])) ?? [];
  if (scheme.toLowerCase() === 'bearer') credentials.push({ key: token });
  if (scheme.toLowerCase() === 'basic') {
    const pair = Buffer.from(token, 'base64').toString('utf8');
    const colon = pair.indexOf(':');
    if (colon !== -1) credentials.push({ name: pair.slice(0, colon), key: pair.slice(colon + 1) });
  }
  return credentials;
}

/** The reason for the log. It repeats nothing that was sent. */
function whyRefused(credentials: readonly Credential[], keys: readonly ApiKey[]): string {
  if (keys.length === 0) return 'no API key is configured, so every push is refused: create one with `npm run key`';
  return credentials.length === 0 ? 'no API key was sent' : 'the API key is not one of those configured';
}

function textOf(header: unknown): string {
  return typeof header === 'string' ? header : '';
}
