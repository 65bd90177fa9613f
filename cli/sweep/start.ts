import { planKey, plansFolder } from '../../shared/sweeps/keys.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { Mistake } from '../mistake.ts';
import { askYesOrNo } from '../surroundings.ts';
import type { SweepDesk } from './desk.ts';
import { Interruption, unlessInterrupted } from './interruption.ts';
import type { OrderOptions } from './options.ts';
import { orderOf } from './order.ts';
import { listOfFile, preview, type ReadableList } from './preview.ts';
import type { Source } from './source.ts';
import { upload } from './upload.ts';

export interface StartOptions {
  readonly order: OrderOptions;
  readonly source: Source;
  readonly dryRun: boolean;
  /** Whether the person has said already that they mean it. */
  readonly yes: boolean;
}

/** Tells what a sweep would do, asks, and orders it. @throws Mistake, and whatever the SDK throws. */
export function start(desk: SweepDesk, { order, source, dryRun, yes }: StartOptions): Promise<ExitCode> {
  return unlessInterrupted(async () => {
    const { store, surroundings } = desk;
    const { stdin, stdout, now, interrupted } = surroundings;
    if (!dryRun && !yes && stdin.isTTY !== true) {
      throw new Mistake(
        'Nobody can be asked whether the sweep may be started: say so with --yes, or --dry-run to see what it would do.',
      );
    }
    const made = orderOf(order, source, { ...desk, nowMs: now() });
    const { name, plan, text } = made;
    if (!dryRun) await refuseKnownName(desk, name);
    const list = source.kind === 'file' ? listOfFile(source) : await listOfObject(desk, source);
    if (!(await preview(desk, made, list))) return exitCodes.failed;
    if (dryRun) return exitCodes.well;
    if (!yes && !(await askYesOrNo('Start it?', surroundings))) {
      stdout.write('Nothing was started.\n');
      return interrupted.aborted ? exitCodes.interrupted : exitCodes.well;
    }
    if (source.kind === 'file' && !(await upload(desk, source, plan.devices))) throw new Interruption();
    // It holds where two people start a sweep of the same name at once.
    if ((await store.write(planKey(name), text, { kind: 'absent' })) === undefined) {
      if (source.kind === 'file') await store.remove(plan.devices);
      throw knownName(name);
    }
    stdout.write(
      `Started: ${planKey(name)}. "sweep status ${name}" tells how far it is, "sweep stop ${name}" ends it.\n`,
    );
    return exitCodes.well;
  });
}

async function listOfObject(
  { store, bucket }: SweepDesk,
  { key, bucket: meant = bucket }: Extract<Source, { kind: 'object' }>,
): Promise<ReadableList> {
  if (meant !== bucket) {
    throw new Mistake(
      `The list must be in the bucket of the sweeps, ${bucket}: copy it there with aws s3 cp, or give a file.`,
    );
  }
  const found = await store.head(key);
  if (found === undefined)
    throw new Mistake(`There is no file ${key} here, and no object of that key in the bucket ${bucket}.`);
  return {
    title: key,
    bytes: found.bytes,
    async open() {
      const opened = await store.open(key, found.etag);
      if (opened === undefined) throw new Mistake(`${key} was replaced while it was read: say it again.`);
      return opened.bytes;
    },
  };
}

/** @throws Mistake where there is a plan of that name. */
async function refuseKnownName({ store }: SweepDesk, name: string): Promise<void> {
  // Not a look at the one key: it would not say that there is no such bucket.
  const { objects } = await store.list(plansFolder);
  if (objects.some(({ key }) => key === planKey(name))) throw knownName(name);
}

function knownName(name: string): Mistake {
  return new Mistake(
    `There is a plan ${name} already: give this one another name with --name, or remove that one with "sweep stop ${name}".`,
  );
}
