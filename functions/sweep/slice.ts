import type { Push } from '../../shared/push/push.ts';
import { encodeQueuedPush } from '../../shared/push/queued-push.ts';
import type { PushRules } from '../../shared/push/validation.ts';
import { enqueueAll, type SendMessages } from './enqueue.ts';
import { createFingerprintSet } from './fingerprint-set.ts';
import { progressKey, reportKey } from '../../shared/sweeps/keys.ts';
import { claim, type Claim } from './claim.ts';
import { dealWithPiece } from './pass.ts';
import type { Plan } from '../../shared/sweeps/plan.ts';
import { encodeReport, type SliceReport } from '../../shared/sweeps/report.ts';
import { ListError, readRows } from '../../shared/sweeps/list/rows.ts';
import { sliceCount, type Run, type Slice } from '../../shared/sweeps/run.ts';
import { delaySecondsOf, spreadOf, type Spread } from './spread.ts';
import type { Store } from '../../shared/sweeps/store.ts';
import { countFrom, emptyTally, tallyOf } from '../../shared/sweeps/tally.ts';

/** What work on a slice needs of the world. */
export interface SliceDependencies {
  readonly store: Store;
  readonly send: SendMessages;
  readonly rules: PushRules;
  readonly tickMs: number;
  /** Devices that are remembered at once, to know the duplicates. */
  readonly rememberedDevices: number;
  /** Names this tick, and no other. */
  readonly owner: string;
  /** Milliseconds until this tick is ended, whatever it does. */
  readonly remainingMs: () => number;
  /** How long before that it must stop: for what it has begun, and to write down how far it came. */
  readonly stopReserveMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Which slice of which plan. */
export interface SliceOrder {
  readonly planName: string;
  readonly plan: Plan;
  readonly run: Run;
  readonly slice: Slice;
  /** Whether the plan is still in its place, as it was read. */
  readonly isStillOrdered: () => Promise<boolean>;
}

/** How work on a slice ended. */
export type SliceEnd =
  | { readonly kind: 'finished'; readonly report: SliceReport }
  /** The time was up: the next tick goes on. */
  | { readonly kind: 'interrupted' }
  /** Another tick works on it, or has finished it by now. */
  | { readonly kind: 'taken' }
  /** The plan was deleted or replaced. */
  | { readonly kind: 'withdrawn' };

/** So many pushes are sent together while the next ones are read. */
const blockPushes = 2000;

/** How often it is written down how far a slice is: what a killed tick had sent since is sent again. */
const checkpointMs = 10_000;

/**
 * Works on a slice from where it stands: reads the list, puts the pushes of its devices on the queue, and leaves a
 * report. A slice without a report is not done, whatever happened to the tick that was on it.
 * @throws ListError, and whatever the queue or the bucket throws; then the next tick goes on.
 */
export async function workOnSlice(order: SliceOrder, dependencies: SliceDependencies): Promise<SliceEnd> {
  const { planName, plan, run, slice } = order;
  const { store, tickMs, now } = dependencies;
  const list = await store.look(plan.devices);
  if (list === undefined) {
    throw new ListError(`There is no list ${plan.devices} in the bucket: put it there, or name another as devices.`);
  }
  const spread = spreadOf(slice, now(), tickMs);
  const taken = await claim(
    {
      store,
      progressKey: progressKey(planName, run.id, slice.index),
      reportKey: reportKey(planName, run.id, slice.index),
      owner: dependencies.owner,
      untilMs: now() + Math.max(0, dependencies.remainingMs()),
      nowMs: now(),
    },
    {
      startedAt: new Date(now()).toISOString(),
      dueFrom: new Date(spread.fromMs).toISOString(),
      dueTo: new Date(spread.toMs).toISOString(),
      list: { key: plan.devices, etag: list.etag, bytes: list.bytes },
      passes: [{ from: slice.from, to: slice.to, throughLine: 0 }],
      ...emptyTally,
    },
  );
  if (taken === undefined) return { kind: 'taken' };
  try {
    const end = await workOnPasses(order, taken, spread, dependencies);
    if (end !== 'finished') {
      await taken.release();
      return { kind: end };
    }
  } catch (error) {
    // What was done since is done again; the failure itself says more than that this could not be written down.
    await taken.release().catch(() => undefined);
    throw error;
  }
  const { startedAt, dueFrom, dueTo, ticks, list: readList, ...counted } = taken.progress();
  const report: SliceReport = {
    plan: planName,
    run: run.id,
    slice: slice.index,
    slices: sliceCount(run, tickMs),
    verb: plan.verb,
    startedAt,
    finishedAt: new Date(now()).toISOString(),
    dueFrom,
    dueTo,
    ticks,
    list: readList,
    ...tallyOf(counted),
  };
  await store.write(reportKey(planName, run.id, slice.index), encodeReport(report));
  await taken.remove();
  return { kind: 'finished', report };
}

async function workOnPasses(
  { plan, isStillOrdered }: SliceOrder,
  taken: Claim,
  spread: Spread,
  dependencies: SliceDependencies,
): Promise<'finished' | 'interrupted' | 'withdrawn' | 'taken'> {
  const { store, send, rules, rememberedDevices, remainingMs, stopReserveMs, now } = dependencies;
  const { list, passes: begun, ...tally } = taken.progress();
  const count = countFrom(tally);
  const dueTo = new Date(spread.toMs).toISOString();
  let passes = [...begun];
  let sentAll = tally.enqueued;
  let sending: Promise<void> = Promise.resolve();
  // A failure is told where it is waited for; until then it must not end the process.
  const sendLater = (pushes: readonly Push[]) => {
    const acceptedAt = new Date(now());
    const messages = pushes.map((push, index) => ({
      body: encodeQueuedPush({ push, acceptedAt }),
      attributes: {},
      delaySeconds: delaySecondsOf(spread, sentAll + index, now()),
    }));
    sentAll += pushes.length;
    sending = enqueueAll(messages, send);
    sending.catch(() => undefined);
  };

  let checkpointAt = now() + checkpointMs;
  for (let pass = passes[0]; pass !== undefined; pass = passes[0]) {
    const known = createFingerprintSet(rememberedDevices);
    const opened = await store.open(list.key, list.etag);
    if (opened === undefined) throw new ListError(`The list ${list.key} was replaced while it was read.`);
    let block: Push[] = [];
    for await (const piece of readRows(opened.bytes)) {
      const step = dealWithPiece(pass, piece, { plan, rules, known, count, now });
      pass = step.pass;
      // The parts split off later are the lower ones, and are due sooner.
      passes = [pass, ...step.splitOff.toReversed(), ...passes.slice(1)];
      block.push(...step.pushes);
      const isTimeUp = remainingMs() < stopReserveMs;
      if (block.length < blockPushes && !isTimeUp && now() < checkpointAt) continue;
      await sending;
      sendLater(block);
      block = [];
      if (!isTimeUp && now() < checkpointAt) continue;
      // What is written down must be on the queue.
      await sending;
      if (!(await taken.checkpoint({ passes, dueTo, ...count.tally() }))) return 'taken';
      checkpointAt = now() + checkpointMs;
      if (isTimeUp) return 'interrupted';
      if (!(await isStillOrdered())) return 'withdrawn';
    }
    await sending;
    sendLater(block);
    await sending;
    passes = passes.slice(1);
    if (!(await taken.checkpoint({ passes, dueTo, ...count.tally() }))) return 'taken';
  }
  return 'finished';
}
