import { pMapIterable } from 'p-map';
import { deviceKeyOf, type RegisteredDevice } from '../../shared/registry/device.ts';
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
import { createProgress } from '../progress.ts';
import { scanDevices, type ScanSource } from './scan.ts';
import { deviceLines, requireDevices } from './show.ts';

type RemoveOptions = Given<{ account: string; device: string; firstSeenAfter: number }> & ConfirmationOptions;

/** The most devices that are shown. */
const maxShown = 50;

/** Devices that are removed at the same time: some 800 a second, which the table takes along with the reports. */
const concurrentRemovals = 16;

/** Shows devices, asks, and removes them. @throws UsageError if an account has none, and the errors of the SDK. */
export async function remove(connection: ScanSource, options: RemoveOptions): Promise<ExitCode> {
  const { registry, context } = connection;
  const { stdout, stderr, now, interrupted } = context;
  const { dryRun, yes } = options;
  requireTerminal(options, context);
  const { selected, shown } = await select(connection, options);
  if (selected.length === 0) {
    stdout.write('No device was first seen after this time.\n');
    return exitCodes.ok;
  }
  const more = selected.length - shown.length;
  stdout.write(`${[...deviceLines(shown, false), ...(more > 0 ? [`and ${String(more)} more`] : [])].join('\n')}\n`);
  if (dryRun) {
    stdout.write(`${counted(selected.length, 'device')} would be removed.\n`);
    return exitCodes.ok;
  }
  const question = `Remove ${counted(selected.length, 'device')}? A device that is in use reports again when its app starts.`;
  if (!yes && !(await askYesOrNo(question, context))) {
    stdout.write('Nothing was removed.\n');
    return interrupted.aborted ? exitCodes.interrupted : exitCodes.ok;
  }
  const progress = createProgress(stderr, now);
  let removed = 0;
  let kept = 0;
  // The removals that are under way at an interruption are waited for, and counted.
  const untilInterrupted = function* () {
    for (const device of selected) {
      if (interrupted.aborted) return;
      yield device;
    }
  };
  const removals = pMapIterable(
    untilInterrupted(),
    ({ account, key, lastSeenMs }) => registry.remove(account, key, lastSeenMs),
    { concurrency: concurrentRemovals },
  );
  try {
    for await (const isRemoved of removals) {
      if (isRemoved) removed += 1;
      else kept += 1;
      const done = removed + kept;
      if (done % 1000 === 0) progress.show(done, selected.length, `${counted(removed, 'device')} removed`);
    }
  } finally {
    progress.end();
    stdout.write(
      `${counted(removed, 'device')} removed${kept > 0 ? `, ${String(kept)} not: reported again, or removed meanwhile` : ''}.\n`,
    );
  }
  if (removed + kept === selected.length) return exitCodes.ok;
  stderr.write('Not all were removed: run the command again to continue.\n');
  return exitCodes.interrupted;
}

/** A device that is removed unless it reports again. Without their tokens, a million fit into the memory. */
interface Selected {
  readonly account: string;
  readonly key: string;
  readonly lastSeenMs: number;
}

async function select(connection: ScanSource, { account, device: hash = '', firstSeenAfter }: RemoveOptions) {
  const selected: Selected[] = [];
  const shown: RegisteredDevice[] = [];
  const add = (devices: readonly RegisteredDevice[]) => {
    for (const device of devices) {
      selected.push({ account: device.account, key: deviceKeyOf(device), lastSeenMs: device.lastSeenMs });
      if (shown.length < maxShown) shown.push(device);
    }
  };
  if (account !== undefined && firstSeenAfter === undefined) {
    const devices = await requireDevices(connection.registry, account);
    add(devices.filter((device) => deviceKeyOf(device).startsWith(hash)));
    if (selected.length === 0) {
      throw new UsageError(`The account has no device ${hash}: "registry show" shows the hashes of its devices.`);
    }
  } else if (account === undefined && firstSeenAfter !== undefined) {
    await scanDevices(connection, (devices) => {
      add(devices.filter(({ firstSeenMs }) => firstSeenMs > firstSeenAfter));
    });
  } else {
    throw new UsageError('Pass either --account or --first-seen-after.');
  }
  return { selected, shown };
}
