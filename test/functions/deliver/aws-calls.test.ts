import { expect, it } from 'vitest';
import { readRecord } from '../../../functions/deliver/record.ts';
import { delayMessages, sendMessages } from '../../../shared/aws/sqs/batches.ts';
import { awsCallsOn, useDelivery } from '../../support/deliver.ts';
import { recordingLog } from '../../support/log.ts';
import { recordOf } from '../../support/sqs-event.ts';

const { deadLetters, deliver, queues } = useDelivery();

/** As `deliver` calls SQS, where loading the SDK fails a number of times. */
function failingToLoad(times: number) {
  const { sqs } = queues();
  let failures = 0;
  const loadSqs = () => {
    failures += 1;
    if (failures <= times) return Promise.reject(new Error('no code'));
    return Promise.resolve({ sqs, delayMessages, sendMessages });
  };
  return awsCallsOn(queues(), { loadSqs });
}

it.each(['fail-400', 'fail-500'])(
  'keeps a batch whose push %s needs SQS, and its delivered push is not delivered again, if the SDK cannot be loaded',
  async (DeviceToken) => {
    const log = recordingLog();
    const record = recordOf({ DeviceToken });
    const { failed } = await deliver([record, recordOf()], { ...failingToLoad(2), log });
    expect(failed).toEqual([record.messageId]);
    expect(log.lines.join('\n')).toContain('"error":{"name":"Error","message":"no code"}');
  },
);

it('loads the SDK again for the next batch if it could not be loaded', async () => {
  const record = recordOf({ DeviceToken: 'fail-400' });
  const calls = failingToLoad(1);
  expect(await deliver([record], calls)).toMatchObject({ failed: [record.messageId] });
  expect(await deliver([record], calls)).toMatchObject({ failed: [] });
  expect(await deadLetters()).toHaveLength(1);
});

it('loads the SDK once for all later batches', async () => {
  let loads = 0;
  const { sqs } = queues();
  const loadSqs = () => {
    loads += 1;
    return Promise.resolve({ sqs, delayMessages, sendMessages });
  };
  const calls = awsCallsOn(queues(), { loadSqs });
  for (let batches = 0; batches < 2; batches += 1) await deliver([recordOf({ DeviceToken: 'fail-400' })], calls);
  expect(loads).toBe(1);
});

it('says what was thrown if loading fails with something that is no error', async () => {
  const log = recordingLog();
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a module may throw anything
  const calls = awsCallsOn(queues(), { loadSns: () => Promise.reject('no code') });
  await deliver([recordOf({ DeviceToken: 'fail-400' })], { ...calls, log });
  expect(log.lines.join('\n')).toContain('"error":{"name":"Error","message":"no code"}');
});

it('makes no call whose signal has aborted', async () => {
  const pushes = { name: 'pushes', queueUrl: queues().pushes.url };
  const decided = {
    ...readRecord(recordOf()),
    outcome: { kind: 'rejected', status: 400, words: () => '' },
    decision: { kind: 'dead-letter', reason: 'rejected' },
  } as const;
  const event = { Message: 'event' };
  const calls = awsCallsOn(queues());
  const aborted = AbortSignal.abort();
  const results = await Promise.all([
    calls.publish([{ decided, event }], aborted),
    calls.sendDeadLetters([{ decided, event, message: { MessageBody: 'dead' } }], aborted),
    calls.delay(pushes, [{ decided, receiptHandle: 'receipt', delaySeconds: 1 }], aborted),
    calls.sendCounts([{ plan: 'plan', run: 'run', delivered: 1, givenUp: {} }], aborted),
  ]);
  expect(results.map(({ done, failed }) => [done.length, failed[0]?.error.name])).toEqual(
    Array(4).fill([0, 'AbortError']),
  );
});

it('does not load the SDK for a batch that is delivered', async () => {
  let loads = 0;
  const load = () => {
    loads += 1;
    return Promise.reject(new Error('no code'));
  };
  const calls = awsCallsOn(queues(), { loadSqs: load, loadSns: load });
  expect(await deliver([recordOf()], calls)).toMatchObject({ failed: [] });
  expect(loads).toBe(0);
});
