import { deviceKeyOf } from '../../shared/registry/device.ts';
import {
  askYesOrNo,
  exitCodes,
  requireTerminal,
  UsageError,
  type ConfirmationOptions,
  type ExitCode,
  type Given,
} from '../cli-context.ts';
import { counted } from '../counted.ts';
import type { RegistryConnection } from './connection.ts';
import { deviceLines, devicesOf } from './show.ts';

type RemoveOptions = { readonly account: string } & Given<{ device: string }> & ConfirmationOptions;

/** Shows the devices of an account, or one of them, asks, and removes them. @throws UsageError if there is none. */
export async function remove(connection: RegistryConnection, options: RemoveOptions): Promise<ExitCode> {
  const { registry, context } = connection;
  const { stdout, interrupted } = context;
  const { account, device: hash = '', dryRun, yes } = options;
  const devices = (await devicesOf(registry, account)).filter((device) => deviceKeyOf(device).startsWith(hash));
  if (devices.length === 0) {
    throw new UsageError(`The account has no device ${hash}: "registry show" shows the hashes of its devices.`);
  }
  stdout.write(`${deviceLines(devices, false).join('\n')}\n`);
  if (dryRun) return exitCodes.ok;
  requireTerminal(options, context);
  const question = `Remove ${counted(devices.length, 'device')}? A device that is in use reports again when its app starts.`;
  if (!yes && !(await askYesOrNo(question, context))) {
    stdout.write('Nothing was removed.\n');
    return interrupted.aborted ? exitCodes.interrupted : exitCodes.ok;
  }
  const removals = devices.map((device) => registry.remove(account, deviceKeyOf(device), device.lastSeenMs));
  const removed = (await Promise.all(removals)).filter(Boolean).length;
  const kept = devices.length - removed;
  stdout.write(
    `${counted(removed, 'device')} removed${kept > 0 ? `, ${String(kept)} not: reported again, or removed meanwhile` : ''}.\n`,
  );
  return exitCodes.ok;
}
