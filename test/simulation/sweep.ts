import { gzipSync } from 'node:zlib';
import { createCountsQueue } from '../../functions/sweep/counts-queue.ts';
import { readSweepConfiguration } from '../../functions/sweep/config.ts';
import { createSweep, type SweepDependencies } from '../../functions/sweep/handler.ts';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { sendMessages } from '../../shared/aws/sqs/batches.ts';
import type { Environment } from '../../shared/environment.ts';
import { formatIsoDuration } from '../../shared/duration.ts';
import type { Log } from '../../shared/log.ts';
import { outcomesKey, planKey, sliceOfReport, summaryKey } from '../../shared/sweeps/keys.ts';
import { outcomesRecord } from '../../shared/sweeps/outcome-counts.ts';
import { readPlan } from '../../shared/sweeps/plan.ts';
import { parseReport, runSummary, sliceProgress, sliceReport } from '../../shared/sweeps/report.ts';
import { currentRun, placePlan } from '../../shared/sweeps/run.ts';
import { maxRememberedDevices } from '../../shared/sweeps/selection.ts';
import { createStore } from '../../shared/sweeps/store.ts';
import { kinds, type History } from './history.ts';
import type { Chance } from './kernel/chance.ts';
import type { Process, Route } from './kernel/process.ts';
import type { Scheduler } from './kernel/scheduler.ts';
import { startSchedule, type TickEvent } from './models/event-bridge.ts';
import { createFunction, type FunctionOptions } from './models/function.ts';
import { createGunzip, createGzip } from './models/gzip.ts';
import { createBucket, createS3Client, type S3Object } from './models/s3-client.ts';
import type { PlannedPush } from './pushes.ts';
import { minute, type SweepOrder } from './scenario.ts';
import type { SweepEvidence } from './sweep-checker.ts';
import { createDeviceList } from './sweep-list.ts';

export interface SweepWorld {
  readonly seed: number;
  readonly order: SweepOrder;
  readonly devices: number;
  readonly planOf: (number: number) => PlannedPush;
  readonly scheduler: Scheduler;
  readonly history: History;
  readonly chanceFor: (concern: string) => Chance;
  readonly functionOptions: Omit<FunctionOptions<TickEvent>, 'chance' | 'timeoutMs' | 'start'>;
  readonly sqsFor: (process: Process) => SQSClient;
  readonly route: Route;
  readonly environment: Environment;
  readonly log: Log;
  readonly plant: ((dependencies: SweepDependencies) => SweepDependencies) | undefined;
  /** Whether every push has ended and is counted. */
  readonly isDelivered: () => boolean;
}

export interface Sweep {
  readonly hasEnded: () => boolean;
  readonly deploy: () => void;
  readonly evidence: () => Omit<SweepEvidence, 'isSound'>;
}

const bucketName = 'sweeps';
const planName = 'reprovision';
const listKey = 'devices/list.csv';
const exceptKey = 'devices/except.csv';
/** As serverless.yml has it. */
const timeoutMs = 840_000;

/** Orders a sweep, and starts the ticks that perform it. */
export function startSweep(world: SweepWorld): Sweep {
  const { seed, order, devices, planOf, scheduler, history, chanceFor, sqsFor, route, environment, log } = world;
  const { epochMs } = world.functionOptions;
  const configuration = readSweepConfiguration(environment);
  const { sweepsQueueUrl, outcomeCountsQueueUrl, countsWaitSeconds, tickMs, ...others } = configuration;
  const bucket = createBucket(scheduler, epochMs);
  const listMs = order.bucket?.listSeconds === undefined ? undefined : order.bucket.listSeconds * 1000;
  const bucketChance = chanceFor('bucket');

  // The plan

  const { list, except, appIds, counts } = createDeviceList(seed, devices, planOf);
  // Not at a tick: the first and the last slice are shorter than the others.
  const startMs = tickMs + chanceFor('start of the sweep').below(15) * minute;
  const planText = JSON.stringify({
    devices: listKey,
    except: exceptKey,
    appIds,
    start: new Date(epochMs + startMs).toISOString(),
    window: formatIsoDuration(order.windowMs),
  });
  const packed = order.areListsPacked === true ? gzipSync : (bytes: Buffer) => bytes;
  bucket.put(listKey, packed(list));
  bucket.put(exceptKey, packed(except));
  const placed = bucket.put(planKey(planName), Buffer.from(planText));
  const reading = readPlan(planText, undefined);
  if (!reading.ok) throw new Error(`the plan has a fault: ${JSON.stringify(reading.faults)}`);
  const run = currentRun(placePlan(reading.plan, planText, placed.modifiedAt.getTime(), tickMs), epochMs, tickMs);
  for (let number = 0; number < devices; number += 1) {
    history.record(kinds.sent, number, number, planOf(number).tenant, -1);
    history.record(kinds.listed, number);
  }

  // The function

  const secondsOf = (time: string) => Math.max(-1, Math.floor((Date.parse(time) - epochMs) / 1000));
  const onPut = ({ key, body }: S3Object, _before: unknown, { task }: Process) => {
    const text = { text: body.toString() };
    const progress = parseReport(sliceProgress, text);
    if (progress !== undefined) {
      const { slice, until, throughLine } = progress;
      history.record(kinds.claimed, slice, task, secondsOf(until), throughLine);
      return;
    }
    const slice = sliceOfReport(key);
    const report = slice === undefined ? undefined : parseReport(sliceReport, text);
    if (report !== undefined) history.record(kinds.reported, report.slice, task, report.enqueued);
  };
  const onDelete = ({ body }: S3Object, { task }: Process) => {
    const progress = parseReport(sliceProgress, { text: body.toString() });
    if (progress !== undefined) history.record(kinds.unclaimed, progress.slice, task);
  };
  let mostAtOnce = 0;
  const sweep = createFunction<TickEvent>({
    ...world.functionOptions,
    chance: chanceFor('sweep'),
    timeoutMs,
    start(process) {
      const sqs = sqsFor(process);
      const s3 = createS3Client(process, {
        bucket,
        route,
        chance: bucketChance,
        conflict: () => order.bucket?.conflict ?? 0,
        cutBody: () => order.bucket?.cutBody ?? 0,
        bodyMs: ({ key }) => (key === listKey ? listMs : undefined),
        onPut,
        onDelete,
      });
      let underWay = 0;
      const dependencies: SweepDependencies = {
        ...others,
        tickMs,
        store: createStore(s3, bucketName),
        async send(messages) {
          underWay += messages.length;
          mostAtOnce = Math.max(mostAtOnce, underWay);
          const result = await sendMessages(sqs, sweepsQueueUrl, messages, (message) => message);
          underWay -= messages.length;
          return result;
        },
        countsQueue: createCountsQueue(sqs, outcomeCountsQueueUrl, countsWaitSeconds),
        openRegistry: () => Promise.reject(new Error('the simulation has no table')),
        createGzip,
        createGunzip,
        maxRememberedDevices,
        wait: process.sleep,
        timeoutSignal: process.timeoutSignal,
        now: process.now,
        log,
      };
      const handler = createSweep(world.plant?.(dependencies) ?? dependencies);
      return ({ requestId, diesAfterMs }, { getRemainingTimeInMillis }) => {
        const { task } = process;
        if (diesAfterMs < Infinity) {
          scheduler.after(diesAfterMs, () => {
            if (process.task === task) process.kill();
          });
        }
        return handler({}, { awsRequestId: requestId, getRemainingTimeInMillis });
      };
    },
  });

  // Ticks

  const keyOfSummary = summaryKey(planName, run.id);
  const keyOfOutcomes = outcomesKey(planName, run.id);
  const read = (key: string) => {
    const object = bucket.get(key);
    return object && { text: object.body.toString() };
  };
  const hasEnded = () => bucket.get(keyOfSummary) !== undefined;
  const { missed = 0, twice = 0, dies = 0 } = order.ticks ?? {};
  let ticks = 0;
  startSchedule({
    scheduler,
    chance: chanceFor('ticks'),
    everyMs: tickMs,
    trouble: () => ({ missed, twice, dies }),
    isOver: () => hasEnded() && world.isDelivered(),
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
    hasEnded,
    deploy: sweep.deploy,
    evidence: () => ({
      startMs,
      windowMs: order.windowMs,
      tickMs,
      counts,
      summary: parseReport(runSummary, read(keyOfSummary)),
      outcomes: parseReport(outcomesRecord, read(keyOfOutcomes)),
      mostAtOnce,
      areTicksSound: order.ticks === undefined && order.bucket === undefined,
    }),
  };
}

/** Ticks have other numbers than the invocations of `deliver`. */
const firstTick = 1_000_000_000;

/** How a tick can end. */
export const tickEndings = ['ok', 'threw', 'died', 'time-out'] as const;
