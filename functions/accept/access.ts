import { findApiKey, type ApiKey } from '../../shared/api-key.ts';
import type { LogFields } from '../../shared/log.ts';
import { credentialsOf } from './credentials.ts';
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
