import type { Credential } from '../core/api-key.ts';
import type { PushRequest } from './request.ts';

/**
 * What a request shows to be let in: `X-Api-Key`, `Authorization: Bearer`, or HTTP Basic, so that a URL alone
 * (`https://NAME:KEY@HOST/pnm2`) will do for an old client. Header names arrive in lower case.
 */
export function credentialsOf({ headers }: PushRequest): Credential[] {
  const credentials: Credential[] = [];
  const apiKey = headers['x-api-key']?.trim();
  if (apiKey) credentials.push({ key: apiKey });
  const [, scheme = '', token = ''] = /^\s*(\S+)\s+(\S+)\s*$/.exec(headers['authorization'] ?? '') ?? [];
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
