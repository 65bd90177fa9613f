import { createHmac } from 'node:crypto';

/**
 * The signature in the address that an account reports to, in lower-case hexadecimal digits. The operator's provisioning
 * server computes the same, so it must not change.
 */
export function signatureOf(account: string, secret: string): string {
  return createHmac('sha256', secret).update(account, 'utf8').digest('hex');
}
