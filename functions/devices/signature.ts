import { timingSafeEqual } from 'node:crypto';
import { signatureOf } from '../../shared/registry/signature.ts';

/** Who may report: accounts whose address is signed with one of these secrets, or everybody (only on the local stack). */
export type Signing = 'open' | readonly string[];

/** Why an account may not report, in words for the log. Undefined: it may. */
export function refusalOf(account: string | undefined, sig: string | undefined, signing: Signing): string | undefined {
  if (signing === 'open') return undefined;
  if (signing.length === 0) return 'no secret is configured';
  if (account === undefined) return 'account is missing';
  if (sig === undefined) return 'sig is missing';
  return signing.some((secret) => isEqual(sig, signatureOf(account, secret))) ? undefined : 'sig is wrong';
}

/** In a time that does not depend on where they differ, so that nobody can find a signature byte by byte. */
function isEqual(sent: string, expected: string): boolean {
  const [a, b] = [Buffer.from(sent), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
