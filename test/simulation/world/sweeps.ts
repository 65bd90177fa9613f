import { gzipSync } from 'node:zlib';
import { readSweepConfiguration } from '../../../functions/sweep/config.ts';
import type { Environment } from '../../../shared/environment.ts';
import { formatIsoDuration } from '../../../shared/duration.ts';
import { outcomesKey, planKey, sliceOfReport, summaryKey } from '../../../shared/sweeps/keys.ts';
import { outcomesRecord } from '../../../shared/sweeps/outcome-counts.ts';
import { readPlan } from '../../../shared/sweeps/plan.ts';
import { parseReport, runSummary, sliceProgress, sliceReport } from '../../../shared/sweeps/report.ts';
import { currentRun, placePlan, type Run } from '../../../shared/sweeps/run.ts';
import type { Counts } from '../../../shared/sweeps/tally.ts';
import { kinds } from '../history.ts';
import type { Process } from '../kernel/process.ts';
import { startSchedule } from '../models/event-bridge.ts';
import { createBucket, type S3Object } from '../models/s3-client.ts';
import { minute, type SweepOrder } from '../scenario.ts';
import type { SweepEvidence } from '../sweep-checker.ts';
import { createDeviceList } from '../sweep-list.ts';
import { epochMs, type Base } from './base.ts';
import type { Contents } from './contents.ts';
import { deadDevicesOn } from './operators.ts';
import type { Queues } from './queues.ts';
import type { Services } from './services.ts';
import { createSweepFunction } from './sweep.ts';

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
  /** What its report must say. */
  readonly counts: Counts;
}

const listKey = 'devices/list.csv';
/** The plans of the sweeps of a run, one after the other. */
const planNames = ['reprovision', 'again'] as const;
/** The slices of the sweeps of a run are numbered together. */
const slicesPerSweep = 100_000;

/** Orders the sweeps of a run, and starts the ticks that perform them. */
export function startSweeps(
  base: Base,
  services: Services,
  queues: Queues,
  { planOf, division }: Contents,
  order: SweepOrder,
  environment: Environment,
  /** Whether every push has ended and is counted. */
  isDelivered: () => boolean,
): Sweeps {
  const { options, scheduler, history, chanceFor } = base;
  const { devices, sweeps } = division;
  const { tickMs } = readSweepConfiguration(environment);
  const bucket = createBucket(scheduler, epochMs);
  const read = (key: string) => {
    const object = bucket.get(key);
    return object && { text: object.body.toString() };
  };

  // Plans

  const { list, except, appIds, countsWithout } = createDeviceList(options.seed, devices, planOf);
  const packed = order.areListsPacked === true ? gzipSync : (bytes: Buffer) => bytes;
  bucket.put(listKey, packed(list));
  const ordered: Ordered[] = [];
  /** Orders the next sweep, without some devices. */
  const orderNext = (dead: ReadonlyMap<number, string>, startMs?: number) => {
    const index = ordered.length;
    const planName = planNames[index] ?? '';
    const exceptKey = `devices/except-${String(index)}.csv`;
    bucket.put(exceptKey, packed(Buffer.concat([except, Buffer.from([...dead.values()].join(''))])));
    const text = JSON.stringify({
      ...{ devices: listKey, except: exceptKey, appIds, window: formatIsoDuration(order.windowMs) },
      ...(startMs !== undefined && { start: new Date(epochMs + startMs).toISOString() }),
      ...(index > 0 && { parameters: { Round: String(index) } }),
    });
    const placed = bucket.put(planKey(planName), Buffer.from(text));
    const reading = readPlan(text, undefined);
    if (!reading.ok) throw new Error(`the plan has a fault: ${JSON.stringify(reading.faults)}`);
    const run = currentRun(placePlan(reading.plan, text, placed.modifiedAt.getTime(), tickMs), epochMs, tickMs);
    ordered.push({ planName, run, counts: countsWithout(dead) });
    for (let device = 0; device < devices; device += 1) {
      const push = index * devices + device;
      history.record(kinds.sent, push, push, planOf(push).tenant, -1);
      history.record(dead.has(device) ? kinds.excluded : kinds.listed, push);
    }
  };
  // Not at a tick: the first and the last slice are shorter than the others.
  const startMs = order.startMs ?? tickMs + chanceFor('start of the sweep').below(15) * minute;
  orderNext(new Map(), startMs);
  const hasEnded = ({ planName, run }: Ordered) => bucket.get(summaryKey(planName, run.id)) !== undefined;
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
  const onPut = ({ key, body }: S3Object, _before: unknown, { task }: Process) => {
    const text = { text: body.toString() };
    const progress = parseReport(sliceProgress, text);
    if (progress !== undefined) {
      history.record(kinds.claimed, numberOf(progress), task, secondsOf(progress.until), progress.throughLine);
      return;
    }
    const report = sliceOfReport(key) === undefined ? undefined : parseReport(sliceReport, text);
    if (report !== undefined) history.record(kinds.reported, numberOf(report), task, report.enqueued);
  };
  const onDelete = ({ body }: S3Object, { task }: Process) => {
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
      bodyMs: ({ key }) => (key === listKey ? listMs : undefined),
    },
    (pushes) => (mostAtOnce = Math.max(mostAtOnce, pushes)),
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
      ordered.map(({ planName, run, counts }, index) => ({
        ...{ windowMs: order.windowMs, tickMs, counts, mostAtOnce },
        startMs: run.startMs - epochMs,
        pushes: { from: index * devices, to: (index + 1) * devices },
        slices: { from: index * slicesPerSweep, to: (index + 1) * slicesPerSweep },
        summary: parseReport(runSummary, read(summaryKey(planName, run.id))),
        outcomes: parseReport(outcomesRecord, read(outcomesKey(planName, run.id))),
        areTicksSound: order.ticks === undefined && order.bucket === undefined,
        isGatewaySound: options.scenario.troubleEndsAtMs === undefined,
      })),
  };
}

/** Ticks have other numbers than the invocations of `deliver`. */
const firstTick = 1_000_000_000;

/** How a tick can end. */
export const tickEndings = ['ok', 'threw', 'died', 'time-out'] as const;
