import { PutObjectCommand } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type * as v from 'valibot';
import { createS3Client } from '../../functions/sweep/s3-client.ts';
import { createCountsQueue } from '../../functions/sweep/counts-queue.ts';
import { createStore } from '../../shared/sweeps/store.ts';
import { sendMessages } from '../../shared/aws/sqs/batches.ts';
import type { OutcomeCounts } from '../../shared/sweeps/outcome-counts.ts';
import { parseQueuedPush } from '../../shared/push/queued-push.ts';
import type { Push } from '../../shared/push/push.ts';
import { faultsReport, parseReport, runSummary, sliceReport, type SliceReport } from '../../shared/sweeps/report.ts';
import type { Store } from '../../shared/sweeps/store.ts';
import { createSweep, type SweepDependencies } from '../../functions/sweep/handler.ts';
import { startConditionalS3 } from './conditional-s3.ts';
import { recordingLog } from './log.ts';
import { startQueues } from './queues.ts';

const bucket = 'sweeps';
export const minuteMs = 60_000;
export const tickMs = 15 * minuteMs;
/** A time that falls on a tick. */
export const threeOClock = Date.parse('2026-01-02T03:00:00Z');

export const tokensOf = (count: number) => Array.from({ length: count }, (_, index) => `token-${String(index)}`);

/** A list of devices of one app, as SIPIS exports it. */
export function listOf(tokens: readonly string[]): string {
  return `selector,appid,token,lastseen\n${tokens.map((token) => `S:1,app,${token},2026-01-01 00:00:00+00\n`).join('')}`;
}

/** Starts a `sweep` over an embedded S3 and SQS, whose clock the test sets. */
export async function startSweep(overrides: Partial<SweepDependencies> = {}, bucketName = bucket) {
  const queues = await startQueues();
  queues.server.createBucket(bucketName);
  const conditional = await startConditionalS3(queues.server.port);
  const s3 = createS3Client({
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${String(conditional.port)}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  const store = createStore(s3, bucketName);
  const log = recordingLog();
  let nowMs = threeOClock;
  const dependencies: SweepDependencies = {
    store,
    send: (messages) => sendMessages(queues.sqs, queues.pushes.url, messages, (message) => message),
    countsQueue: createCountsQueue(queues.sqs, queues.outcomeCounts.url, 0),
    openRegistry: () => Promise.reject(new Error('This test has no registry.')),
    rules: { extraVerbs: [], selectorRequired: true },
    createGzip,
    createGunzip,
    tickMs,
    maxRememberedDevices: 100_000,
    speed: 1,
    wait,
    timeoutSignal: (ms) => AbortSignal.timeout(ms),
    dimensions: { Stage: 'test' },
    now: () => nowMs,
    log,
    ...overrides,
  };

  const readAll = async <S extends v.GenericSchema>(folder: string, schema: S) => {
    const { objects } = await store.list(folder);
    const texts = await Promise.all(objects.map(({ key }) => store.readText(key)));
    return texts.flatMap((text) => parseReport(schema, text) ?? []);
  };
  /** The messages on the queue, delayed or not. */
  const messages = () => {
    const { ready = [], delayed = [] } = queues.server.inspectQueue(queues.pushes.queueName)?.messages ?? {};
    return [...ready, ...delayed];
  };

  return {
    bucket,
    awsEndpoint: `http://127.0.0.1:${String(conditional.port)}`,
    store,
    log,
    queues,
    dependencies,
    /** The port of the S3. */
    port: conditional.port,
    loseAnswers: conditional.loseAnswers,
    refuse: conditional.refuse,
    now: () => nowMs,
    setNow(ms: number) {
      nowMs = ms;
    },
    async put(key: string, body: string | Buffer) {
      await s3.send(new PutObjectCommand({ Bucket: bucketName, Key: key, Body: body }));
    },
    /** Puts the list of the plans. */
    putList(body: string | Buffer) {
      return this.put('devices/list.csv', body);
    },
    async plan(name: string, properties: Readonly<Record<string, unknown>> = {}) {
      const start = new Date(threeOClock).toISOString();
      const plan = { start, devices: 'devices/list.csv', window: 'PT0S', ...properties };
      await this.put(`plans/${name}.json`, JSON.stringify(plan));
    },
    /** Runs a tick. @param remainingMs the time that the invocation has left. */
    async tick(more: Partial<SweepDependencies> = {}, remainingMs: () => number = () => 800_000) {
      const sweep = createSweep({ ...dependencies, ...more });
      return sweep({}, { awsRequestId: randomUUID(), getRemainingTimeInMillis: remainingMs });
    },
    /** Runs the ticks of a number of minutes, each at its time. */
    async tickThrough(minutes: number, from = threeOClock) {
      for (let at = from; at < from + minutes * minuteMs; at += tickMs) {
        nowMs = at;
        await this.tick();
      }
    },
    /** Reports how pushes ended, as `deliver` does: one message for each. */
    async reportOutcomes(...counts: readonly OutcomeCounts[]) {
      const { sqs, outcomeCounts } = queues;
      await sendMessages(sqs, outcomeCounts.url, counts, (one) => ({ MessageBody: JSON.stringify(one) }));
    },
    /** The reports of all slices of a plan. */
    async reports(name: string): Promise<SliceReport[]> {
      const { folders } = await store.list(`plans/${name}/`);
      return (await Promise.all(folders.map((folder) => readAll(folder, sliceReport)))).flat();
    },
    summaries: (name: string) => readAll(`plans/${name}/`, runSummary),
    async faults(name: string) {
      return parseReport(faultsReport, await store.readText(`plans/${name}/faults.json`));
    },
    countOnQueue: () => messages().length,
    pushes(): Push[] {
      return messages().map(({ body }) => {
        const reading = parseQueuedPush(body);
        if (!reading.ok) throw new Error(reading.why);
        return reading.queued.push;
      });
    },
    /** The tokens of the pushes, sorted. */
    tokens(): string[] {
      return this.pushes()
        .map(({ deviceToken }) => deviceToken)
        .sort();
    },
    /** The delays of the messages, in seconds. */
    delays(): number[] {
      return messages().map(({ delayUntil, sentTimestamp }) =>
        delayUntil === undefined ? 0 : (delayUntil - sentTimestamp) / 1000,
      );
    },
    async stop() {
      s3.destroy();
      await conditional.stop();
      await queues.stop();
    },
  };
}

/** A store that reads its lists in chunks of a kilobyte, some 25 rows, and calls back before each of them. */
export function inSmallChunks(store: Store, onChunk: (index: number) => void): Store {
  return {
    ...store,
    async open(key, etag) {
      const opened = await store.open(key, etag);
      return opened && { ...opened, bytes: chunksOf(opened.bytes, onChunk) };
    },
  };
}

async function* chunksOf(bytes: AsyncIterable<Uint8Array>, onChunk: (index: number) => void) {
  let index = 0;
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += 1024) {
      onChunk(index);
      index += 1;
      yield chunk.subarray(at, at + 1024);
    }
  }
}
