import type { Credential } from '../../shared/api-key.ts';
import type { Headers } from './request.ts';

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
