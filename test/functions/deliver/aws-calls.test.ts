import { expect, it } from 'vitest';
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
