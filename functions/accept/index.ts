import { createAccept } from './handler.ts';
import { readAcceptConfiguration } from './config.ts';
import { createLog } from '../../shared/log.ts';
import { createSqsClient } from '../../shared/aws/sqs/client.ts';
import { sendPush, sendPushes, warmUp } from './queue.ts';
import { startTimer } from './timer.ts';
import type { Table } from '#accept/table';

const { pushesQueueUrl, devicesTable, ...configuration } = readAcceptConfiguration(process.env);
const sqs = createSqsClient(process.env);

let table: Table | undefined;
/** The first request that needs the table loads the code for it. */
async function loadTable(): Promise<Table> {
  const { createTable } = await import('#accept/table');
  return (table ??= createTable(process.env, devicesTable));
}

export const handler = createAccept({
  ...configuration,
  enqueue: (queued) => sendPush(sqs, pushesQueueUrl, queued),
  enqueueBatch: (pushes, abortSignal) => sendPushes(sqs, pushesQueueUrl, pushes, abortSignal),
  devicesOf: async (account, abortSignal) => (await loadTable()).registry.devicesOf(account, abortSignal),
  answerOnce: async (request, accept) => (await loadTable()).answerOnce(request, accept),
  startTimer,
  timeoutSignal: (ms) => AbortSignal.timeout(ms),
  now: Date.now,
  log: createLog((line) => process.stdout.write(`${line}\n`)),
});

/** Lambda waits for this before it counts the instance as started. */
export const ready = warmUp(sqs, pushesQueueUrl);
