import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { createStore } from '../../shared/aws/s3/store.ts';
import { sendMessages } from '../../shared/aws/sqs/batches.ts';
import { parseQueuedPush } from '../../shared/push/queued-push.ts';
import type { Push } from '../../shared/push/push.ts';
import { faultsReport, parseReport, runSummary, sliceReport, type SliceReport } from '../../shared/sweeps/report.ts';
import { createSweep, type SweepDependencies } from '../../functions/sweep/handler.ts';
import { startConditionalS3 } from './conditional-s3.ts';
import { recordingLog } from './log.ts';
import { startQueues } from './queues.ts';

const bucket = 'sweeps';
export const minuteMs = 60_000;
/** A quarter of an hour that begins on a tick. */
export const threeOClock = Date.parse('2026-01-02T03:00:00Z');

/** A `sweep` over S3 and SQS in the process, at whatever time a test says it is. */
export async function startSweep(overrides: Partial<SweepDependencies> = {}, bucketName = bucket) {
  const queues = await startQueues();
  queues.server.createBucket(bucketName);
  const conditional = await startConditionalS3(queues.server.port);
  const s3 = new S3Client({
    endpoint: `http://127.0.0.1:${String(conditional.port)}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  const store = createStore(s3, bucketName);
  const log = recordingLog();
  let nowMs = threeOClock;
  const dependencies: SweepDependencies = {
    store,
    send: (messages) => sendMessages(queues.sqs, queues.pushes.url, messages, (message) => message),
    rules: { extraVerbs: [], selectorRequired: true },
    tickMs: 15 * minuteMs,
    maxRememberedDevices: 100_000,
    stopReserveMs: 30_000,
    speed: 1,
    dimensions: { Stage: 'test' },
    now: () => nowMs,
    log,
    ...overrides,
  };

  const readAll = async <T>(folder: string, read: (text: string) => T | undefined): Promise<T[]> => {
    const { objects } = await store.list(folder);
    const texts = await Promise.all(objects.map(({ key }) => store.readText(key)));
    return texts.flatMap((stored) => {
      const parsed = read(stored?.text ?? '');
      return parsed === undefined ? [] : [parsed];
    });
  };

  return {
    bucket,
    awsEndpoint: `http://127.0.0.1:${String(conditional.port)}`,
    store,
    log,
    queues,
    dependencies,
    /** Of S3 with conditional writes. */
    port: conditional.port,
    now: () => nowMs,
    setNow(ms: number) {
      nowMs = ms;
    },
    async put(key: string, body: string | Buffer) {
      await s3.send(new PutObjectCommand({ Bucket: bucketName, Key: key, Body: body }));
    },
    async plan(name: string, properties: Readonly<Record<string, unknown>>) {
      const start = new Date(threeOClock).toISOString();
      await this.put(`plans/${name}.json`, JSON.stringify({ start, devices: 'devices/list.csv', ...properties }));
    },
    /** A tick. @param remainingMs what is left of the function's time. */
    async tick(more: Partial<SweepDependencies> = {}, remainingMs: () => number = () => 800_000) {
      const sweep = createSweep({ ...dependencies, ...more });
      return sweep({}, { awsRequestId: randomUUID(), getRemainingTimeInMillis: remainingMs });
    },
    /** The reports of all runs of a plan, by slice. */
    async reports(name: string): Promise<SliceReport[]> {
      const { folders } = await store.list(`plans/${name}/`);
      const all = await Promise.all(
        folders.map((folder) => readAll(folder, (text) => parseReport(sliceReport, { text }))),
      );
      return all.flat().filter(({ slices }) => slices > 0);
    },
    summaries: (name: string) => readAll(`plans/${name}/`, (text) => parseReport(runSummary, { text })),
    async faults(name: string) {
      const stored = await store.readText(`plans/${name}/faults.json`);
      return parseReport(faultsReport, stored);
    },
    countOnQueue(): number {
      const { ready = [], delayed = [] } = queues.server.inspectQueue(queues.pushes.queueName)?.messages ?? {};
      return ready.length + delayed.length;
    },
    /** Everything on the queue, whatever its delay. */
    pushes(): Push[] {
      const inspected = queues.server.inspectQueue(queues.pushes.queueName);
      const { ready = [], delayed = [] } = inspected?.messages ?? {};
      const bodies = [...ready, ...delayed].map(({ body }) => body);
      return bodies.map((body) => {
        const reading = parseQueuedPush(body);
        if (!reading.ok) throw new Error(reading.why);
        return reading.queued.push;
      });
    },
    async stop() {
      s3.destroy();
      await conditional.stop();
      await queues.stop();
    },
  };
}
