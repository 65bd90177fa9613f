import { readSweepConfiguration } from '../../../functions/sweep/config.ts';
import type { Environment } from '../../../shared/environment.ts';
import { formatIsoDuration } from '../../../shared/duration.ts';
import { outcomesKey, planKey, sliceOfReport, snapshotKey, summaryKey } from '../../../shared/sweeps/keys.ts';
import { outcomesRecord } from '../../../shared/sweeps/outcome-counts.ts';
import { readPlan } from '../../../shared/sweeps/plan.ts';
import { parseReport, runSummary, sliceProgress, sliceReport } from '../../../shared/sweeps/report.ts';
import { currentRun, placePlan, type Run } from '../../../shared/sweeps/run.ts';
import { kinds } from '../history.ts';
import type { Process } from '../kernel/process.ts';
import { startSchedule } from '../models/event-bridge.ts';
import { createBucket, type S3Object } from '../models/s3-client.ts';
import { minute, type SweepOrder } from '../scenario.ts';
import type { SweepEvidence } from '../sweeps/sweep-checker.ts';
import { firstTick, tickEndings } from '../sweeps/slice-story.ts';
import { roundName } from '../sweeps/sweep-list.ts';
import { readSnapshot } from '../sweeps/sweep-registry.ts';
import { epochMs, type Base } from './base.ts';
import type { Contents } from './contents.ts';
import { deadDevicesOn } from './operators.ts';
import type { Queues } from './queues.ts';
import type { Services } from './services.ts';
import { createSweepFunction } from './sweep.ts';
import { createDeviceSource, listKey, packed, type SnapshotRows } from './sweep-source.ts';

export interface Sweeps {
  /** When the first of them begins, in milliseconds since the start of the run. */
  readonly startMs: number;
  readonly haveEnded: () => boolean;
  readonly deploy: () => void;
  readonly evidence: () => Omit<SweepEvidence, 'isSound'>[];
}

/** A sweep that was ordered. */
interface Ordered {
  readonly planName: string;
  readonly run: Run;
  /** The devices that it leaves out. */
  readonly dead: ReadonlyMap<number, string>;
  /** The rows of its snapshot. */
  rows: SnapshotRows;
}

/** The kinds of records of devices, by whether a sweep must push to them. */
const kindsOfPlaces = { in: kinds.listed, out: kinds.excluded, either: kinds.unsettled } as const;
/** The plans of the sweeps of a run, one after the other. */
const planNames = ['reprovision', 'again'] as const;
/** The slices of the sweeps of a run are numbered together. */
const slicesPerSweep = 100_000;

/** Orders the sweeps of a run, and starts the ticks that perform them. */
export function startSweeps(
  base: Base,
  services: Services,
  queues: Queues,
  contents: Contents,
  order: SweepOrder,
  environment: Environment,
  /** Whether every push has ended and is counted. */
  isDelivered: () => boolean,
): Sweeps {
  const { options, scheduler, history, chanceFor } = base;
  const { planOf, division } = contents;
  const { devices, sweeps } = division;
  const { tickMs } = readSweepConfiguration(environment);
  const bucket = createBucket(scheduler, epochMs);
  const read = (key: string) => {
    const object = bucket.get(key);
    return object && { text: object.body.toString() };
  };

  // Plans

  // Not at a tick: the first and the last slice are shorter than the others.
  const startMs = order.startMs ?? tickMs + chanceFor('start of the sweep').below(15) * minute;
  const firstTickMs = Math.floor(startMs / tickMs) * tickMs;
  const source = createDeviceSource(base, services, contents, order, bucket, firstTickMs);
  const ordered: Ordered[] = [];
  /** Orders the next sweep, without some devices. */
  const orderNext = (dead: Ordered['dead'], fromMs?: number) => {
    const index = ordered.length;
    const planName = planNames[index] ?? '';
    const exceptKey = `devices/except-${String(index)}.csv`;
    bucket.put(exceptKey, packed(order, Buffer.concat([source.except, Buffer.from([...dead.values()].join(''))])));
    const text = JSON.stringify({
      ...source.properties,
      ...{ except: exceptKey, window: formatIsoDuration(order.windowMs) },
      ...(fromMs !== undefined && { start: new Date(epochMs + fromMs).toISOString() }),
      ...(index > 0 && { parameters: { [roundName]: String(index) } }),
    });
    const placed = bucket.put(planKey(planName), Buffer.from(text));
    const reading = readPlan(text, undefined);
    if (!reading.ok) throw new Error(`the plan has a fault: ${JSON.stringify(reading.faults)}`);
    const run = currentRun(placePlan(reading.plan, text, placed.modifiedAt.getTime(), tickMs), epochMs, tickMs);
    ordered.push({ planName, run, dead, rows: [] });
    for (let device = 0; device < devices; device += 1) {
      const push = index * devices + device;
      history.record(kinds.sent, push, push, planOf(push).app, -1);
      history.record(kindsOfPlaces[dead.has(device) ? 'out' : source.placeOf(device)], push);
    }
  };
  orderNext(new Map(), startMs);
  const { change } = order;
  const withdrawnAtMs = change?.kind === 'withdraw the plan' ? change.atMs : undefined;
  let isChanged = false;
  if (change !== undefined) {
    scheduler.at(change.atMs, () => {
      isChanged = true;
      if (withdrawnAtMs === undefined) source.replaceList();
      else for (const { planName } of ordered) bucket.delete(planKey(planName));
    });
  }
  const hasEnded = ({ planName, run }: Ordered) =>
    withdrawnAtMs === undefined
      ? bucket.get(summaryKey(planName, run.id)) !== undefined
      : scheduler.now() > withdrawnAtMs + order.windowMs;
  const haveEnded = () => ordered.length === sweeps && ordered.every(hasEnded);
  const orderAgain = () => {
    if (ordered.length === sweeps) return;
    if (ordered.every(hasEnded) && isDelivered()) {
      const dead = [...deadDevicesOn(queues.undeliverable)].filter(([number]) => number < devices);
      orderNext(new Map(dead));
    }
    scheduler.after(minute, orderAgain);
  };
  orderAgain();

  // The function

  const secondsOf = (time: string) => Math.max(-1, Math.floor((Date.parse(time) - epochMs) / 1000));
  const numberOf = ({ plan, slice }: { readonly plan: string; readonly slice: number }) =>
    planNames.findIndex((name) => name === plan) * slicesPerSweep + slice;
  /** Of the sweep whose snapshot is at a key. */
  const indexOf = (key: string) => ordered.findIndex(({ planName, run }) => key === snapshotKey(planName, run.id));
  const onPut = ({ key, body }: S3Object, _before: unknown, { task }: Process) => {
    const index = indexOf(key);
    const snapshotOf = ordered[index];
    if (snapshotOf !== undefined) {
      const rows = readSnapshot(body);
      snapshotOf.rows = rows;
      for (const device of rows) {
        if (device === undefined) continue;
        const push = index * devices + device;
        history.record(kinds.inSnapshot, push);
        const isSure = source.placeOf(device) !== 'either' || snapshotOf.dead.has(device);
        if (!isSure) history.record(kinds.listed, push);
      }
      history.record(kinds.snapshot, index * slicesPerSweep, task, rows.length);
      return;
    }
    const text = { text: body.toString() };
    const progress = parseReport(sliceProgress, text);
    if (progress !== undefined) {
      history.record(kinds.claimed, numberOf(progress), task, secondsOf(progress.until), progress.throughLine);
      return;
    }
    const report = sliceOfReport(key) === undefined ? undefined : parseReport(sliceReport, text);
    if (report !== undefined) history.record(kinds.reported, numberOf(report), task, report.enqueued);
  };
  const onDelete = ({ key, body }: S3Object, { task }: Process) => {
    const index = indexOf(key);
    if (index !== -1) history.record(kinds.snapshotDeleted, index * slicesPerSweep, task);
    const progress = parseReport(sliceProgress, { text: body.toString() });
    if (progress !== undefined) history.record(kinds.unclaimed, numberOf(progress), task);
  };
  const { conflict = 0, cutBody = 0, listSeconds } = order.bucket ?? {};
  const listMs = listSeconds === undefined ? undefined : listSeconds * 1000;
  let mostAtOnce = 0;
  const sweep = createSweepFunction(
    base,
    services,
    environment,
    {
      ...{ bucket, onPut, onDelete, conflict: () => conflict, cutBody: () => cutBody },
      bodyMs: ({ key }) => (key === listKey && !isChanged ? listMs : undefined),
    },
    (pushes) => (mostAtOnce = Math.max(mostAtOnce, pushes)),
    source.registryOf,
  );

  // Ticks

  const { missed = 0, twice = 0, dies = 0 } = order.ticks ?? {};
  let ticks = 0;
  startSchedule({
    scheduler,
    chance: chanceFor('ticks'),
    everyMs: tickMs,
    trouble: () => ({ missed, twice, dies }),
    isOver: () => haveEnded() && isDelivered(),
    invoke(event, onEnd) {
      const tick = firstTick + ticks;
      ticks += 1;
      history.record(kinds.ticked, tick);
      sweep.invoke(event, tick, (ending) => {
        const how = ending.ok ? 'ok' : ending.why;
        history.record(kinds.tickEnded, tick, tickEndings.indexOf(how));
        onEnd(ending);
      });
    },
  });

  return {
    startMs,
    haveEnded,
    deploy: sweep.deploy,
    evidence: () =>
      ordered.map(({ planName, run, dead, rows }, index) => ({
        ...{ windowMs: order.windowMs, tickMs, mostAtOnce, hasSnapshot: source.hasSnapshot, withdrawnAtMs },
        isListSlow: change !== undefined,
        counts: source.countsOf(rows, dead),
        startMs: run.startMs - epochMs,
        pushes: { from: index * devices, to: (index + 1) * devices },
        slices: { from: index * slicesPerSweep, to: (index + 1) * slicesPerSweep },
        summary: parseReport(runSummary, read(summaryKey(planName, run.id))),
        outcomes: parseReport(outcomesRecord, read(outcomesKey(planName, run.id))),
        areTicksSound: [order.ticks, order.bucket, options.scenario.table].every((trouble) => trouble === undefined),
        isGatewaySound: options.scenario.troubleEndsAtMs === undefined,
      })),
  };
}
