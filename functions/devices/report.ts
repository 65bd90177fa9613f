import { deviceKeyOf, type RegisteredDevice, type ReportedDevice } from '../../shared/registry/device.ts';
import { deviceEntries, type Registry } from '../../shared/registry/registry.ts';

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
 * Registers a device for its account. In a full account, it displaces the device that was not heard of for longest.
 * @param atMs when the report came, by the clock of the API.
 * @param abortSignal aborts when the calls to the table must end.
 * @throws the errors of the table.
 */
export async function registerDevice(
  reported: ReportedDevice,
  atMs: number,
  registry: Registry,
  { devicesPerAccount, deviceDays }: RegistryLimits,
  abortSignal: AbortSignal,
): Promise<ReportEnd> {
  const devices = deviceEntries(await registry.entriesOf(reported.account, abortSignal));
  const key = deviceKeyOf(reported);
  const known = devices.find((entry) => entry.key === key)?.device;
  // After an import, with a lower limit, or if a displacement failed. Each report of such an account is written, so
  // that the displacement does not take the device that has just reported.
  const isOverfull = devices.length > devicesPerAccount;
  if (known && !isOverfull && isUnchanged(known, reported) && atMs - known.lastSeenMs < writeEveryMs) {
    return { kind: 'unchanged' };
  }
  const device = { ...reported, firstSeenMs: known?.firstSeenMs ?? atMs, lastSeenMs: atMs };
  if (!(await registry.put(device, deviceDays, abortSignal))) return { kind: 'outdated' };
  if (known && !isOverfull) return { kind: 'registered', displaced: 0 };
  const displaced = await displaceOldest(reported.account, registry, devicesPerAccount, abortSignal);
  return { kind: 'registered', displaced };
}

/**
 * Removes the devices of an account above the limit. The account is read again, so that of new devices that report at
 * once, the one that reads last finds all of them. A device that has reported meanwhile stays.
 */
async function displaceOldest(
  account: string,
  registry: Registry,
  limit: number,
  abortSignal: AbortSignal,
): Promise<number> {
  const displaced = deviceEntries(await registry.entriesOf(account, abortSignal))
    .sort((a, b) => b.device.lastSeenMs - a.device.lastSeenMs || (a.key < b.key ? -1 : 1))
    .slice(limit)
    .map(({ key, device: { lastSeenMs } }) => registry.remove(account, key, lastSeenMs, abortSignal));
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
