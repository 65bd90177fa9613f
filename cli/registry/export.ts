import { exitCodes, type ExitCode, type Given } from '../cli-context.ts';
import { counted } from '../counted.ts';
import { createFile } from '../new-file.ts';
import type { RegistryConnection } from './connection.ts';
import { exportedRow, exportHeader } from './list-format.ts';
import { scanDevices } from './scan.ts';

type ExportOptions = Given<{ app: readonly string[]; seenWithin: number; force: boolean }>;

/** Writes the devices as a list that a sweep and an import can read. @param path without it, to stdout. @throws UsageError */
export async function exportRegistry(
  connection: RegistryConnection,
  path: string | undefined,
  { app, seenWithin = Infinity, force }: ExportOptions,
): Promise<ExitCode> {
  const { stdout, stderr, now } = connection.context;
  const startedAt = now();
  const file = path === undefined ? undefined : await createFile(path, force === true);
  const write = file?.write ?? ((text: string) => stdout.write(text));
  let written = 0;
  let unlisted = 0;
  try {
    await write(exportHeader);
    const read = await scanDevices(connection, async (devices) => {
      const matching = devices.filter(
        ({ appId, lastSeenMs }) => (app === undefined || app.includes(appId)) && lastSeenMs >= startedAt - seenWithin,
      );
      const rows = matching.flatMap((device) => exportedRow(device) ?? []);
      written += rows.length;
      unlisted += matching.length - rows.length;
      if (rows.length > 0) await write(rows.join(''));
    });
    await file?.keep();
    // The list itself may be on stdout.
    (file === undefined ? stderr : stdout).write(
      `${String(written)} of ${counted(read, 'device')} written${path === undefined ? '' : ` to ${path}`}.\n`,
    );
    if (unlisted > 0) stderr.write(`${counted(unlisted, 'device')} left out: their values have line breaks.\n`);
    if (written > 0) {
      stderr.write('The list holds device tokens: let nobody else read it, and delete it when it has served.\n');
    }
    return exitCodes.ok;
  } finally {
    await file?.close();
  }
}
