import * as v from 'valibot';
import type { Push } from '../../shared/push/push.ts';
import { encodeQueuedPush } from '../../shared/push/queued-push.ts';
import type { PushRules } from '../../shared/push/validation.ts';
import { reportKey, snapshotKey } from '../../shared/sweeps/keys.ts';
import { ListError, type CreateGunzip } from '../../shared/sweeps/list/lines.ts';
import { ExclusionError, readExclusion, type Exclusion } from '../../shared/sweeps/exclusion.ts';
import { readRows } from '../../shared/sweeps/list/rows.ts';
import { registryWord, type Plan } from '../../shared/sweeps/plan.ts';
import { encodeReport, sliceReport, type SliceReport } from '../../shared/sweeps/report.ts';
import { sliceCount, type Run, type Slice } from '../../shared/sweeps/run.ts';
import { createSelection } from '../../shared/sweeps/selection.ts';
import { delaySecondsOf, spreadOf, type Spread } from '../../shared/sweeps/spread.ts';
import { emptyTally, tallyOf } from '../../shared/sweeps/tally.ts';
import { claimSlice, type Claim } from './claim.ts';
import { enqueueAll, type SendMessages } from './enqueue.ts';
import { takeSnapshot, type SnapshotDependencies } from './snapshot.ts';

export interface SliceDependencies extends SnapshotDependencies {
  readonly send: SendMessages;
  readonly rules: PushRules;
  readonly createGunzip: CreateGunzip;
  readonly tickMs: number;
  readonly maxRememberedDevices: number;
  /** Identifies this tick. */
  readonly owner: string;
  /** Milliseconds until the platform ends this tick. */
  readonly remainingMs: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
  readonly timeoutSignal: (ms: number) => AbortSignal;
}

export interface SliceOrder {
  readonly planName: string;
  readonly plan: Plan;
  readonly run: Run;
  readonly slice: Slice;
  /** When the last push of the slice before is due. */
  readonly notBeforeMs: number;
  /** Whether the plan is still in the bucket, unchanged. */
  readonly isStillOrdered: () => Promise<boolean>;
}

/** How the work of a tick on a slice ended. */
export type SliceEnd =
  | { readonly kind: 'finished'; readonly report: SliceReport }
  /** The time of the tick was up. The next tick continues. */
  | { readonly kind: 'interrupted' }
  /** Another tick works on the slice, or has finished it. */
  | { readonly kind: 'taken' }
  /** The plan was deleted or replaced. */
  | { readonly kind: 'withdrawn' };

/** When less time than this is left, the tick stops: it finishes its calls and records its progress. */
export const stopReserveMs = 30_000;

/** Pushes that are sent together while the next ones are read. */
const blockPushes = 2000;

/** The time between two records of how far a slice is. The pushes that a killed tick sent since the last are sent again. */
const checkpointMs = 10_000;

/**
 * Enqueues the pushes of a slice, from where the last tick stopped, and writes its report. A slice without a report is
 * not done, whatever happened to the tick that worked on it.
 * @throws ListError, and the errors of the queue and the bucket. The next tick then continues.
 */
export async function processSlice(order: SliceOrder, dependencies: SliceDependencies): Promise<SliceEnd> {
  const { planName, plan, run, slice, notBeforeMs } = order;
  const { devices } = plan;
  const { store, tickMs, owner, remainingMs, now } = dependencies;
  const listKey = devices.kind === 'list' ? devices.key : snapshotKey(planName, run.id);
  const list = await store.head(listKey);
  if (list === undefined && devices.kind === 'list') throw new ListError(missing('devices', listKey));
  if (plan.except !== undefined && (await store.head(plan.except)) === undefined) {
    throw new ExclusionError(missing('except', plan.except));
  }
  const spread = () => spreadOf(slice, now(), tickMs, notBeforeMs);
  const { fromMs, toMs } = spread();
  const claim = await claimSlice(
    store,
    {
      plan: planName,
      run: run.id,
      slice: slice.index,
      slices: sliceCount(run, tickMs),
      verb: plan.verb,
      devices: devices.kind === 'list' ? devices.key : registryWord,
      list: { key: listKey, etag: list?.etag ?? '', bytes: list?.bytes ?? 0 },
      dueFrom: new Date(fromMs).toISOString(),
      dueTo: new Date(toMs).toISOString(),
      startedAt: new Date(now()).toISOString(),
      ticks: 1,
      owner,
      until: new Date(now() + Math.max(0, remainingMs())).toISOString(),
      throughLine: 0,
      ...emptyTally(),
    },
    now(),
  );
  if (claim === undefined) return { kind: 'taken' };
  try {
    const endBefore = list === undefined ? await beginRun(order, claim, dependencies) : undefined;
    const end = endBefore ?? (await enqueueSlice(order, claim, spread(), dependencies));
    if (end !== 'finished') {
      await claim.release();
      return { kind: end };
    }
  } catch (error) {
    // If the release fails too, the slice waits until the claim expires. The first error is the one to report.
    await claim.release().catch(() => undefined);
    throw error;
  }
  const report = v.parse(sliceReport, { ...claim.progress(), finishedAt: new Date(now()).toISOString() });
  await store.write(reportKey(planName, run.id, slice.index), encodeReport(report));
  await claim.remove();
  return { kind: 'finished', report };
}

/**
 * Takes the snapshot of the registry that all slices of the run read: the claim of the slice keeps other ticks from doing
 * the same. If somebody removes it during the run, the slices that are left get another.
 * @returns how the work ends if it does not go on.
 */
async function beginRun(
  { planName, plan: { devices }, run, slice, notBeforeMs, isStillOrdered }: SliceOrder,
  claim: Claim,
  dependencies: SliceDependencies,
): Promise<SliceEnd['kind'] | undefined> {
  const { store, tickMs, remainingMs, timeoutSignal, now } = dependencies;
  const { key } = claim.progress().list;
  const accounts = devices.kind === 'registry' ? devices.accounts : undefined;
  const timeUp = timeoutSignal(Math.max(0, remainingMs() - stopReserveMs));
  const snapshot = await takeSnapshot({ planName, runId: run.id, key, accounts, timeUp }, dependencies);
  if (snapshot === undefined) return 'interrupted';
  if (!(await isStillOrdered())) {
    await store.remove(key);
    return 'withdrawn';
  }
  // The snapshot has taken a while.
  const { fromMs, toMs } = spreadOf(slice, now(), tickMs, notBeforeMs);
  const due = { dueFrom: new Date(fromMs).toISOString(), dueTo: new Date(toMs).toISOString() };
  return (await claim.checkpoint({ list: { key, ...snapshot }, ...due })) ? undefined : 'taken';
}

function missing(property: 'devices' | 'except', key: string): string {
  return `There is no list ${key} in the bucket: upload it, or change ${property} in the plan.`;
}

/** Reads the list `except` of a plan, if it names one. @throws ExclusionError */
async function exclusionOf(
  { plan, slice: { from, to } }: SliceOrder,
  { store, createGunzip, maxRememberedDevices, log }: SliceDependencies,
): Promise<Exclusion | undefined> {
  if (plan.except === undefined) return undefined;
  const opened = await store.open(plan.except);
  if (opened === undefined) throw new ExclusionError(missing('except', plan.except));
  const options = { verb: plan.verb, from, to, maxRememberedDevices, createGunzip };
  const exclusion = await readExclusion(opened.bytes, options);
  const { unreadableRows } = exclusion;
  if (unreadableRows > 0) log.warn('rows that name no device to leave out', { list: plan.except, unreadableRows });
  return exclusion;
}

async function enqueueSlice(
  order: SliceOrder,
  claim: Claim,
  spread: Spread,
  dependencies: SliceDependencies,
): Promise<SliceEnd['kind']> {
  const { planName, plan, run, slice, isStillOrdered } = order;
  const { store, send, rules, createGunzip, maxRememberedDevices, remainingMs, wait, now } = dependencies;
  const { list, throughLine, ...totals } = claim.progress();
  const { from, to } = slice;
  const tally = tallyOf(totals);
  const exclusion = await exclusionOf(order, dependencies);
  const selection = createSelection({
    plan,
    rules,
    exclusion,
    from,
    to,
    throughLine,
    tally,
    maxRememberedDevices,
    now,
  });
  const sweep = { plan: planName, run: run.id };
  let sent = tally.enqueued;
  let sending: Promise<void> = Promise.resolve();
  const startSending = (pushes: readonly Push[]) => {
    const acceptedAt = new Date(now());
    const messages = pushes.map((push, index) => ({
      MessageBody: encodeQueuedPush({ push, acceptedAt, sweep }),
      DelaySeconds: delaySecondsOf(spread, sent + index, now()),
    }));
    sent += pushes.length;
    sending = enqueueAll(messages, send, wait);
    // The next `await sending` reports a failure; until then it must not end the process as an unhandled rejection.
    sending.catch(() => undefined);
  };
  const checkpoint = async () => {
    // Record only pushes that are on the queue.
    await sending;
    const dueTo = new Date(spread.toMs).toISOString();
    return claim.checkpoint({ throughLine: selection.throughLine(), dueTo, ...selection.tally() });
  };

  const opened = await store.open(list.key, list.etag);
  if (opened === undefined) throw new ListError(`The list ${list.key} was replaced while it was read.`);
  let block: Push[] = [];
  let checkpointAt = now() + checkpointMs;
  for await (const rows of readRows(opened.bytes, createGunzip)) {
    block.push(...selection.select(rows));
    const isTimeUp = remainingMs() < stopReserveMs;
    const isCheckpointDue = () => isTimeUp || now() >= checkpointAt;
    if (block.length < blockPushes && !isCheckpointDue()) continue;
    await sending;
    startSending(block);
    block = [];
    if (!isCheckpointDue()) continue;
    if (!(await checkpoint())) return 'taken';
    checkpointAt = now() + checkpointMs;
    if (isTimeUp) return 'interrupted';
    if (!(await isStillOrdered())) return 'withdrawn';
  }
  await sending;
  startSending(block);
  return (await checkpoint()) ? 'finished' : 'taken';
}
