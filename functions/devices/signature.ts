import { timingSafeEqual } from 'node:crypto';
import { signatureOf } from '../../shared/registry/signature.ts';

/** Who may report: accounts whose address is signed with one of these secrets, or everybody (only on the local stack). */
export type Signing = 'open' | readonly string[];

/** Whether the signature is that of the account. Without a secret, none is. */
export function isSigned(account: string, signature: string | undefined, signing: Signing): boolean {
  if (signing === 'open') return true;
  if (signature === undefined) return false;
  const sent = Buffer.from(signature);
  return signing.some((secret) => {
    const expected = Buffer.from(signatureOf(account, secret));
    return sent.length === expected.length && timingSafeEqual(sent, expected);
  });
}
