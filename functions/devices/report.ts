import { deviceKeyOf, type RegisteredDevice, type ReportedDevice } from '../../shared/registry/device.ts';
import type { Entry, Registry } from '../../shared/registry/registry.ts';

/** An unchanged device is written again only after this time: a write costs several times a read. */
export const writeEveryMs = 86_400_000;

interface RegistryLimits {
  readonly devicesPerAccount: number;
  readonly deviceDays: number;
}

/** What became of a report. */
export type ReportEnd =
  /** Written, because the device is new, has changed, or was last written more than a day ago. */
  | { readonly kind: 'written'; readonly displaced: number }
  | { readonly kind: 'unchanged' }
  /** The table has a newer report or removal of the device. */
  | { readonly kind: 'late' };

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
  const known = entries.find((entry) => entry.key === key);
  if (
    known?.kind === 'device' &&
    isUnchanged(known.device, reported) &&
    atMs - known.device.lastSeenMs < writeEveryMs
  ) {
    return { kind: 'unchanged' };
  }
  const firstSeenMs = known?.kind === 'device' ? known.device.firstSeenMs : atMs;
  if (!(await registry.put({ ...reported, firstSeenMs, lastSeenMs: atMs }, deviceDays))) return { kind: 'late' };
  return { kind: 'written', displaced: await displaceOldest(entries, key, registry, devicesPerAccount) };
}

/** Removes the devices above the limit. One that has reported meanwhile stays. */
async function displaceOldest(entries: readonly Entry[], ownKey: string, registry: Registry, limit: number) {
  const others = entries.flatMap((entry) => (entry.kind === 'device' && entry.key !== ownKey ? [entry] : []));
  const displaced = others
    .sort((a, b) => b.device.lastSeenMs - a.device.lastSeenMs)
    .slice(limit - 1)
    .map(({ key, device: { account, lastSeenMs } }) => registry.remove(account, key, lastSeenMs));
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
