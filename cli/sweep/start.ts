import { planKey, plansFolder } from '../../shared/sweeps/keys.ts';
import {
  askYesOrNo,
  exitCodes,
  requireTerminal,
  UsageError,
  type ConfirmationOptions,
  type ExitCode,
} from '../cli-context.ts';
import type { SweepConnection } from './connection.ts';
import { Interruption, unlessInterrupted } from './interruption.ts';
import type { OrderOptions } from './options.ts';
import { orderOf } from './order.ts';
import { listOfFile, preview, type ReadableList } from './preview.ts';
import type { Source } from './source.ts';
import { upload } from './upload.ts';

export interface StartOptions extends OrderOptions, ConfirmationOptions {}

/** Tells what a sweep would do, asks, and orders it. @throws UsageError, and whatever the SDK throws. */
export function start(connection: SweepConnection, source: Source, options: StartOptions): Promise<ExitCode> {
  return unlessInterrupted(async () => {
    const { store, context } = connection;
    const { stdout, now, interrupted } = context;
    const { dryRun, yes } = options;
    requireTerminal(options, context);
    const made = orderOf(options, source, { ...connection, nowMs: now() });
    const { name, plan, text } = made;
    if (!dryRun) await refuseKnownName(connection, name);
    const list = source.kind === 'file' ? listOfFile(source) : await listOfObject(connection, source);
    if (!(await preview(connection, made, list))) return exitCodes.failed;
    if (dryRun) return exitCodes.ok;
    if (!yes && !(await askYesOrNo('Start it?', context))) {
      stdout.write('Nothing was started.\n');
      return interrupted.aborted ? exitCodes.interrupted : exitCodes.ok;
    }
    if (source.kind === 'file' && !(await upload(connection, source, plan.devices))) throw new Interruption();
    // It holds where two people start a sweep of the same name at once.
    if ((await store.write(planKey(name), text, { kind: 'absent' })) === undefined) {
      if (source.kind === 'file') await store.remove(plan.devices);
      throw knownName(name);
    }
    stdout.write(
      `Started: ${planKey(name)}. "sweep status ${name}" tells how far it is, "sweep stop ${name}" ends it.\n`,
    );
    return exitCodes.ok;
  });
}

async function listOfObject(
  { store, bucket }: SweepConnection,
  { key, bucket: meant = bucket }: Extract<Source, { kind: 'object' }>,
): Promise<ReadableList> {
  if (meant !== bucket) {
    throw new UsageError(
      `The list must be in the bucket of the sweeps, ${bucket}: copy it there with aws s3 cp, or give a file.`,
    );
  }
  const found = await store.head(key);
  if (found === undefined)
    throw new UsageError(`There is no file ${key} here, and no object of that key in the bucket ${bucket}.`);
  return {
    title: key,
    bytes: found.bytes,
    async open() {
      const opened = await store.open(key, found.etag);
      if (opened === undefined) throw new UsageError(`${key} was replaced while it was read: say it again.`);
      return opened.bytes;
    },
  };
}

/** @throws UsageError where there is a plan of that name. */
async function refuseKnownName({ store }: SweepConnection, name: string): Promise<void> {
  // Not a look at the one key: it would not say that there is no such bucket.
  const { objects } = await store.list(plansFolder);
  if (objects.some(({ key }) => key === planKey(name))) throw knownName(name);
}

function knownName(name: string): UsageError {
  return new UsageError(
    `There is a plan ${name} already: give this one another name with --name, or remove that one with "sweep stop ${name}".`,
  );
}
