import { setTimeout as wait } from 'node:timers/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { createS3Client } from '../../../functions/sweep/s3-client.ts';
import { createCountsQueue } from '../../../functions/sweep/counts-queue.ts';
import { createStore } from '../../../shared/sweeps/store.ts';
import { readSweepConfiguration } from '../../../functions/sweep/config.ts';
import { createLog } from '../../../shared/log.ts';
import { sendMessages } from '../../../shared/aws/sqs/batches.ts';
import { createSqsClient } from '../../../shared/aws/sqs/client.ts';
import { openRegistry } from '../../../functions/sweep/registry.ts';
import { createSweep } from '../../../functions/sweep/handler.ts';
import { lambdaContext } from '../../support/lambda-context.ts';

/** An instance of `sweep` that runs one tick at a given time and may be killed meanwhile. */
const [tickMs, speed] = process.argv.slice(2).map(Number);
const startedAt = Date.now();
// A fast clock, so that it records how far it is as often as in a slice of many minutes.
const now = () => (tickMs ?? 0) + (Date.now() - startedAt) * (speed ?? 1);
const { sweepsQueueUrl, outcomeCountsQueueUrl, sweepsBucket, devicesTable, ...configuration } = readSweepConfiguration(
  process.env,
);
const sqs = createSqsClient(process.env);

const sweep = createSweep({
  ...configuration,
  store: createStore(createS3Client(process.env), sweepsBucket),
  send: (messages) => sendMessages(sqs, sweepsQueueUrl, messages, (message) => message),
  countsQueue: createCountsQueue(sqs, outcomeCountsQueueUrl, 0),
  openRegistry: () => openRegistry(process.env, devicesTable),
  createGzip,
  createGunzip,
  maxRememberedDevices: 100_000,
  wait,
  timeoutSignal: (ms) => AbortSignal.timeout(ms),
  now,
  log: createLog(() => undefined),
});
await sweep({}, lambdaContext(800_000));
