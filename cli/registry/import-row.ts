import { deviceKeyOf, type RegisteredDevice, type ReportedDevice } from '../../shared/registry/device.ts';
import { readDevice, type DeviceFault } from '../../shared/registry/validation.ts';
import { parseLastSeen } from '../../shared/sweeps/list/device.ts';
import type { Row } from '../../shared/sweeps/list/rows.ts';
import type { RegistryConnection } from './connection.ts';
import type { ImportColumn } from './list-format.ts';

/** A device of a list. Without `lastSeenMs`, the list does not say when it was heard of. */
interface ListedRegistration {
  readonly reported: ReportedDevice;
  readonly firstSeenMs: number | undefined;
  readonly lastSeenMs: number | undefined;
}

/** `ignored`: what is wrong with the optional values that are left out, or ''. */
type RowReading = { readonly listed: ListedRegistration; readonly ignored: string } | { readonly refused: string };

/** Reads a row by the rules of reports. @param nowMs a later time says nothing: no device was heard of then. */
export function readRow(row: Row<ImportColumn>, nowMs: number): RowReading {
  if ('fault' in row) return { refused: row.fault };
  const { account, appId, deviceToken, selector, platform, version, callAppId, callToken } = row.device;
  const { firstSeen, lastSeen } = row.device;
  const values = { account, token: deviceToken, appId, selector, platform, version, callAppId, callToken };
  const reading = readDevice(Object.entries(values).map(([name, value]) => ({ name, value })));
  if (!reading.ok) return { refused: reading.faults.map(reasonOf).join(' ') };
  const lastSeenMs = parseLastSeen(lastSeen);
  if (lastSeenMs === undefined && lastSeen !== '')
    return { refused: 'LastSeen is not a time: use 2026-01-02T03:00:00Z.' };
  // With a time in the future, the reports of the device would have no effect until then.
  const listedMs = lastSeenMs !== undefined && lastSeenMs > nowMs ? undefined : lastSeenMs;
  return {
    listed: { reported: reading.device, firstSeenMs: parseLastSeen(firstSeen), lastSeenMs: listedMs },
    ignored: reading.ignored.map(reasonOf).join(' '),
  };
}

/** The advice of a report is for the address of an app, and not for a list. The columns are named as in an export. */
function reasonOf({ parameter = '', code, detail }: DeviceFault): string {
  const name = parameter === 'token' ? 'DeviceToken' : `${parameter.slice(0, 1).toUpperCase()}${parameter.slice(1)}`;
  if (code === 'empty') return `${name} is empty.`;
  if (code === 'placeholder') return `${name} has a placeholder that was not filled in, or is not UTF-8.`;
  if (code === 'white-space') return `${name} contains white space: write it as the app reported it.`;
  return detail.startsWith(`${parameter} `) ? `${name}${detail.slice(parameter.length)}` : detail;
}

export interface RowEnd {
  /**
   * `kept`: the table has the same report, or a newer one. `removed`: the device was removed since. `expired`: it was
   * not heard of for so long that it would leave at once.
   */
  readonly kind: 'written' | 'kept' | 'removed' | 'expired';
  /** The account has more devices than it may have. */
  readonly isCrowded: boolean;
}

interface ImportTarget extends Pick<RegistryConnection, 'registry'> {
  readonly limits: Awaited<ReturnType<RegistryConnection['readLimits']>>;
}

/** Registers a device of a list, unless the table knows better. Doing it again changes nothing. @throws the errors of the SDK */
export async function registerListed(
  { reported, firstSeenMs, lastSeenMs }: ListedRegistration,
  { registry, limits }: ImportTarget,
  nowMs: number,
): Promise<RowEnd> {
  const end = (kind: RowEnd['kind'], isCrowded = false) => ({ kind, isCrowded });
  const atMs = lastSeenMs ?? nowMs;
  if (atMs + limits.deviceDays * 86_400_000 <= nowMs) return end('expired');
  const entries = await registry.entriesOf(reported.account);
  const key = deviceKeyOf(reported);
  const entry = entries.find((each) => each.key === key);
  if (entry?.kind === 'removed' && (lastSeenMs === undefined || entry.removedAtMs >= atMs)) return end('removed');
  const known = entry?.kind === 'device' ? entry.device : undefined;
  if (known !== undefined && (lastSeenMs === undefined || known.lastSeenMs >= atMs)) return end('kept');
  const device: RegisteredDevice = {
    // A list may know less of a device than it has reported before.
    ...known,
    ...reported,
    firstSeenMs: Math.min(known?.firstSeenMs ?? atMs, firstSeenMs ?? atMs),
    lastSeenMs: atMs,
  };
  if (!(await registry.put(device, limits.deviceDays))) return end('kept');
  const devices = entries.filter(({ kind }) => kind === 'device').length;
  return end('written', known === undefined && devices >= limits.devicesPerAccount);
}
