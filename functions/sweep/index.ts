import { setTimeout as wait } from 'node:timers/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { readSweepConfiguration } from './config.ts';
import { createLog } from '../../shared/log.ts';
import { createS3Client } from './s3-client.ts';
import { createCountsQueue } from './counts-queue.ts';
import { createStore } from '../../shared/sweeps/store.ts';
import { sendMessages } from '../../shared/aws/sqs/batches.ts';
import { createSqsClient } from '../../shared/aws/sqs/client.ts';
import { maxRememberedDevices } from '../../shared/sweeps/selection.ts';
import { openRegistry } from './registry.ts';
import { createSweep } from './handler.ts';

const { sweepsQueueUrl, outcomeCountsQueueUrl, countsWaitSeconds, sweepsBucket, devicesTable, ...configuration } =
  readSweepConfiguration(process.env);
const sqs = createSqsClient(process.env);

export const handler = createSweep({
  ...configuration,
  store: createStore(createS3Client(process.env), sweepsBucket),
  send: (messages) => sendMessages(sqs, sweepsQueueUrl, messages, (message) => message),
  countsQueue: createCountsQueue(sqs, outcomeCountsQueueUrl, countsWaitSeconds),
  openRegistry: () => openRegistry(process.env, devicesTable),
  createGzip,
  createGunzip,
  maxRememberedDevices,
  wait,
  timeoutSignal: (ms) => AbortSignal.timeout(ms),
  now: Date.now,
  log: createLog((line) => process.stdout.write(`${line}\n`)),
});
