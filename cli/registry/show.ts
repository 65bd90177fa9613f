import { deviceHash } from '../../shared/push/redaction.ts';
import type { RegisteredDevice } from '../../shared/registry/device.ts';
import { table } from '../../shared/table.ts';
import { exitCodes, UsageError, type ExitCode, type Given } from '../cli-context.ts';
import { formatTime } from '../time.ts';
import type { RegistryConnection } from './connection.ts';

type ShowOptions = Given<{ account: string; selector: string; json: boolean; reveal: boolean }>;

/** Prints the devices of an account, or those with a selector. @throws UsageError if there are none. */
export async function show(
  connection: RegistryConnection,
  { account, selector, json, reveal }: ShowOptions,
): Promise<ExitCode> {
  const { stdout } = connection.context;
  const devices = await devicesWith(connection, { account, selector });
  if (json) {
    const views = devices.map((device) => viewOf(device, reveal === true));
    stdout.write(`${JSON.stringify({ devices: views }, null, 2)}\n`);
  } else {
    stdout.write(`${deviceLines(devices, reveal === true).join('\n')}\n`);
  }
  return exitCodes.ok;
}

/** The devices of an account, or those with a selector. @throws UsageError unless there are any. */
async function devicesWith(
  { registry }: RegistryConnection,
  { account, selector }: ShowOptions,
): Promise<RegisteredDevice[]> {
  if (account !== undefined && selector === undefined) return requireDevices(registry, account);
  if (account !== undefined || selector === undefined) throw new UsageError('Pass either --account or --selector.');
  const accounts = await registry.accountsOfSelector(selector);
  const devices = (await Promise.all(accounts.map((each) => registry.devicesOf(each)))).flat();
  const found = devices.filter((device) => device.selector === selector);
  if (found.length === 0) throw new UsageError('No device has this selector: check that it is whole.');
  return found;
}

/** The devices of an account, the last heard of first. @throws UsageError if it has none. */
export async function requireDevices(registry: RegistryConnection['registry'], account: string) {
  const devices = await registry.devicesOf(account);
  if (devices.length > 0) return devices.sort((a, b) => b.lastSeenMs - a.lastSeenMs);
  throw new UsageError(
    'The account has no device: check how it is written, as in the address that its app reports to.',
  );
}

/** A table of devices. @param reveal adds a column with the selector, and one with the token. */
export function deviceLines(devices: readonly RegisteredDevice[], reveal: boolean): string[] {
  const columns = ['account', 'device', 'AppId', 'platform', 'version', 'first seen', 'last seen', 'calls'];
  const rows = devices.map((device) => {
    const { account, appId, deviceToken, selector, platform, version, firstSeenMs, lastSeenMs, call } = device;
    return [
      ...[account, deviceHash(appId, deviceToken), appId, platform, version],
      ...[formatTime(firstSeenMs), formatTime(lastSeenMs), call === undefined ? 'no' : 'yes'],
      ...(reveal ? [selector, deviceToken, call?.appId, call?.deviceToken] : []),
    ];
  });
  return table([...columns, ...(reveal ? ['selector', 'token', 'AppId for calls', 'token for calls'] : [])], rows);
}

/** A device as the JSON output presents it. */
function viewOf(device: RegisteredDevice, reveal: boolean) {
  const { account, appId, deviceToken, selector, call, platform, version, firstSeenMs, lastSeenMs } = device;
  return {
    ...{ account, device: deviceHash(appId, deviceToken), appId, platform, version },
    ...{ firstSeen: new Date(firstSeenMs).toISOString(), lastSeen: new Date(lastSeenMs).toISOString() },
    hasCallPair: call !== undefined,
    ...(reveal && { selector, deviceToken, call }),
  };
}
