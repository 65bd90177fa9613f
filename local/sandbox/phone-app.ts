import { signatureOf } from '../../shared/registry/signature.ts';
import type { RegistryAnswer } from './api.ts';

/** What an app has from its provisioning, and of its device. */
export interface AppValues {
  readonly account: string;
  readonly selector: string;
  readonly appId: string;
  readonly deviceToken: string;
}

export interface PhoneAppOptions {
  /** Where the registry of the local stack takes reports and removals, without `/report`. */
  readonly devicesUrl: string;
  /** What signs the addresses. Absent: they need no signature. */
  readonly secret?: string | undefined;
  readonly now: () => number;
}

export type PhoneApp = ReturnType<typeof createPhoneApp>;

const paths = { report: 'report', removal: 'remove' } as const;

/** Longer than the registry takes. */
const timeoutMs = 10_000;

/** The app of a phone. It calls the addresses that its account's settings name: see docs/registry.md. */
export function createPhoneApp({ devicesUrl, secret, now }: PhoneAppOptions) {
  /** @throws Error if the registry does not answer. */
  return async (to: RegistryAnswer['to'], values: AppValues): Promise<RegistryAnswer> => {
    const { account, selector, appId, deviceToken: token } = values;
    const address = new URL(`${devicesUrl}/${paths[to]}`);
    address.searchParams.set('account', account);
    if (secret !== undefined) address.searchParams.set('sig', signatureOf(account, secret));
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ selector, token, appId }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const body = await response.text();
    return { at: new Date(now()).toISOString(), to, status: response.status, body };
  };
}
