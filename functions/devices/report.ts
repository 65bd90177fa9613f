import { deviceKeyOf, type RegisteredDevice, type ReportedDevice } from '../../shared/registry/device.ts';
import type { Registry } from '../../shared/registry/registry.ts';

/** An unchanged device is written again only after this time: a write costs several times a read. */
export const writeEveryMs = 86_400_000;

interface RegistryLimits {
  readonly devicesPerAccount: number;
  readonly deviceDays: number;
}

/** What became of a report. */
export type ReportEnd =
  /** Written, because the device is new, has changed, or was last written more than a day ago. */
  | { readonly kind: 'registered'; readonly displaced: number }
  | { readonly kind: 'unchanged' }
  /** The registry has a newer report or removal of the device. */
  | { readonly kind: 'outdated' };

/**
 * Registers a device for its account, where the one not heard of for longest gives way.
 * @param atMs when the report came, by the clock of the API.
 * @throws the errors of the table.
 */
export async function registerDevice(
  reported: ReportedDevice,
  atMs: number,
  registry: Registry,
  { devicesPerAccount, deviceDays }: RegistryLimits,
): Promise<ReportEnd> {
  const entries = await registry.entriesOf(reported.account);
  const key = deviceKeyOf(reported);
  const known = entries.find((entry) => entry.kind === 'device' && entry.key === key);
  if (
    known?.kind === 'device' &&
    isUnchanged(known.device, reported) &&
    atMs - known.device.lastSeenMs < writeEveryMs
  ) {
    return { kind: 'unchanged' };
  }
  const firstSeenMs = known?.kind === 'device' ? known.device.firstSeenMs : atMs;
  const isWritten = await registry.put({ ...reported, firstSeenMs, lastSeenMs: atMs }, deviceDays);
  if (!isWritten) return { kind: 'outdated' };
  const displaced = known === undefined ? await displaceOldest(reported.account, registry, devicesPerAccount) : 0;
  return { kind: 'registered', displaced };
}

/**
 * Removes the devices of an account above the limit. The account is read again, so that of new devices that report at
 * once, the one that reads last finds all of them. A device that has reported meanwhile stays.
 */
async function displaceOldest(account: string, registry: Registry, limit: number): Promise<number> {
  const entries = (await registry.entriesOf(account)).flatMap((entry) => (entry.kind === 'device' ? [entry] : []));
  const displaced = entries
    .sort((a, b) => b.device.lastSeenMs - a.device.lastSeenMs || (a.key < b.key ? -1 : 1))
    .slice(limit)
    .map(({ key, device: { lastSeenMs } }) => registry.remove(account, key, lastSeenMs));
  return (await Promise.all(displaced)).filter(Boolean).length;
}

function isUnchanged(known: RegisteredDevice, reported: ReportedDevice): boolean {
  return (
    known.selector === reported.selector &&
    known.platform === reported.platform &&
    known.version === reported.version &&
    known.call?.appId === reported.call?.appId &&
    known.call?.deviceToken === reported.call?.deviceToken
  );
}
