import { findApiKey, type ApiKey, type Credential } from '../../shared/api-key.ts';
import type { LogFields } from '../../shared/log.ts';
import type { Problem } from './problem.ts';
import type { Headers } from './request.ts';

/** Who may push: whoever has a key, or, on the local stack, everybody. */
export type Access = { readonly kind: 'open' } | { readonly kind: 'keys'; readonly keys: readonly ApiKey[] };

/** A client that was let in. */
export type Client = { readonly kind: 'anybody' } | { readonly kind: 'key'; readonly key: ApiKey };

/** Lets a request in, or not. Without any key configured nobody gets in. */
export function admit(headers: Headers, access: Access): Client | undefined {
  switch (access.kind) {
    case 'open':
      return { kind: 'anybody' };
    case 'keys': {
      const key = findApiKey(credentialsOf(headers), access.keys);
      return key && { kind: 'key', key };
    }
    default:
      return access satisfies never;
  }
}

/** Whether a client may push to an app. */
export function problemOfApp(client: Client, appId: string): Problem | undefined {
  if (client.kind === 'anybody' || client.key.appIds?.has(appId) !== false) return undefined;
  return { kind: 'forbidden', appId, keyName: client.key.name };
}

/** A client in a log: the name that the configuration gives its key. */
export function describeClient(client: Client | undefined): LogFields {
  return client?.kind === 'key' ? { key: client.key.name } : {};
}

/**
 * What a request shows to be let in: `X-Api-Key`, `Authorization: Bearer`, or HTTP Basic, so that a URL alone
 * (`https://NAME:KEY@HOST/pnm2`) will do for an old client. A header that is no text shows nothing.
 */
export function credentialsOf(headers: Headers): Credential[] {
  const credentials: Credential[] = [];
  const apiKey = textOf(headers['x-api-key']).trim();
  if (apiKey) credentials.push({ key: apiKey });
  const [, scheme = '', token = ''] = /^\s*(\S+)\s+(\S+)\s*$/.exec(textOf(headers['authorization'])) ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      credentials.push({ key: token });
      break;
    case 'basic': {
      const pair = Buffer.from(token, 'base64').toString('utf8');
      const colon = pair.indexOf(':');
      if (colon !== -1) credentials.push({ name: pair.slice(0, colon), key: pair.slice(colon + 1) });
      break;
    }
    default:
  }
  return credentials;
}

function textOf(header: unknown): string {
  return typeof header === 'string' ? header : '';
}
