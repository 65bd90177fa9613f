import { expect, it } from 'vitest';
import type { OutcomeCounts } from '../../../shared/sweeps/outcome-counts.ts';
import { someFailed } from '../../support/batch-result.ts';
import { awsCallsOn, idsOf, useDelivery } from '../../support/deliver.ts';
import { recordingLog } from '../../support/log.ts';
import { receive } from '../../support/queues.ts';
import { recordOf, recordsOf } from '../../support/sqs-event.ts';

const { deliver, queues } = useDelivery();

const nightly = { plan: 'nightly', run: '20260102T030000Z-1a2b3c4d' };
const weekly = { plan: 'weekly', run: '20260104T030000Z-5e6f7a8b' };

/** The counts on their queue. */
async function counts(): Promise<OutcomeCounts[]> {
  const messages = await receive(queues().sqs, queues().outcomeCounts);
  return messages.map(({ Body = '' }) => JSON.parse(Body) as OutcomeCounts);
}

it('reports how the pushes of a sweep ended, in one message for each run of a batch', async () => {
  const { failed } = await deliver([
    ...recordsOf(3, {}, { sweep: nightly }),
    ...recordsOf(2, { DeviceToken: 'unregistered' }, { sweep: nightly }),
    recordOf({ DeviceToken: 'fail-400' }, { sweep: nightly }),
    recordOf({}, { sweep: weekly }),
  ]);
  expect(failed).toEqual([]);
  const sent = await counts();
  expect(sent).toHaveLength(2);
  expect(sent).toContainEqual({ ...nightly, delivered: 3, givenUp: { unregistered: 2, rejected: 1 } });
  expect(sent).toContainEqual({ ...weekly, delivered: 1, givenUp: {} });
});

it('does not count a push that stays on its queue', async () => {
  const retried = recordOf({ DeviceToken: 'fail-500' }, { sweep: nightly });
  const rejected = recordOf({ DeviceToken: 'fail-400' }, { sweep: nightly });
  const { failed } = await deliver([recordOf({}, { sweep: nightly }), retried, rejected], {
    sendDeadLetters: (givenUp) => someFailed(givenUp, () => true),
  });
  expect(failed.toSorted()).toEqual(idsOf([retried, rejected]).toSorted());
  expect(await counts()).toEqual([{ ...nightly, delivered: 1, givenUp: {} }]);
});

it('sends nothing for a batch that ended no push of a sweep', async () => {
  await deliver([recordOf(), recordOf({ DeviceToken: 'fail-500' }, { sweep: nightly })]);
  expect(await counts()).toEqual([]);
});

it('delivers a batch whose counts the queue refuses, and says so', async () => {
  const log = recordingLog();
  const { sendCounts } = awsCallsOn(queues(), { outcomeCountsQueueUrl: `${queues().outcomeCounts.url}-gone` });
  const { failed } = await deliver([recordOf({}, { sweep: nightly })], { sendCounts, log });
  expect(failed).toEqual([]);
  expect(JSON.parse(log.lines[0] ?? '')).toMatchObject({
    message: 'outcome counts not sent',
    counts: [{ ...nightly, delivered: 1, givenUp: {} }],
    error: { name: 'QueueDoesNotExist' },
  });
});

it('answers in time if the queue of the counts hangs', async () => {
  let aborted = false;
  const { failed } = await deliver(
    [recordOf({}, { sweep: nightly })],
    {
      answerReserveMs: 29_900,
      sendCounts: async (all, abortSignal) => {
        if (!abortSignal.aborted) {
          await new Promise<void>((resolve) => {
            abortSignal.addEventListener('abort', () => {
              resolve();
            });
          });
        }
        aborted = true;
        return someFailed(all, () => true);
      },
    },
    30_000,
  );
  expect({ failed, aborted }).toEqual({ failed: [], aborted: true });
});
