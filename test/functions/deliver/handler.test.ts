import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDeliver } from '../../../functions/deliver/handler.ts';
import { createTimeLimit } from '../../../functions/deliver/policy/time-limit.ts';
import { allDone, someFailed } from '../../support/batch-result.ts';
import { lambdaContext } from '../../support/lambda-context.ts';
import { deliverDependencies, idsOf, useDelivery } from '../../support/deliver.ts';
import { recordingLog } from '../../support/log.ts';
import { recordOf, recordsOf, sqsEventOf } from '../../support/sqs-event.ts';

const { accepted, clear, deliver, post, posted, queues } = useDelivery();

describe('the deliver handler', () => {
  it('posts every parameter of a push as it was sent', async () => {
    const parameters = { Message: 'Grüße & 100 % + 😀', DeviceToken: 'a+b/c==', Odd: '' };
    expect(await deliver([recordOf(parameters)])).toMatchObject({ failed: [] });
    expect(posted()).toMatchObject([{ status: 200, parameters }]);
  });

  it('reports only the records to be retried, and delivers the others', async () => {
    const good = recordsOf(2);
    const bad = ['fail-500', 'reset', 'fail-429', 'fail-503'].map((DeviceToken) => recordOf({ DeviceToken }));
    const { failed, delays } = await deliver([...bad.slice(0, 2), ...good, ...bad.slice(2)]);
    expect(failed.toSorted()).toEqual(idsOf(bad).toSorted());
    expect([...delays]).toEqual(expect.arrayContaining(bad.map(({ receiptHandle }) => [receiptHandle, 1])));
    expect(accepted()).toHaveLength(2);
  });

  it('delivers, retries or gives up every record exactly once', async () => {
    const tokens = ['good', 'fail-301', 'fail-400', 'fail-404', 'fail-429', 'fail-500', 'unregistered', 'reset'];
    const messages = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...tokens).map((DeviceToken) => ({ DeviceToken })) },
      { weight: 1, arbitrary: fc.string().map((body) => ({ body })) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(messages, { maxLength: 30 }), async (all) => {
        clear();
        // Each push is different, so that each gets an attempt of its own.
        const records = all.map((one, Id) =>
          'body' in one ? recordOf({}, one) : recordOf({ ...one, Id: String(Id) }),
        );
        const givenUp: string[] = [];
        const { failed } = await deliver(records, {
          sendDeadLetters: (deadLetters) => {
            givenUp.push(...deadLetters.map(({ decided }) => decided.pushId));
            return allDone(deadLetters);
          },
        });
        const delivered = records.filter(
          (_, index) => all[index] && 'DeviceToken' in all[index] && all[index].DeviceToken === 'good',
        );
        const ends = [...failed, ...givenUp, ...idsOf(delivered)];
        expect(ends.toSorted()).toEqual(idsOf(records).toSorted());
        expect(accepted().filter(({ parameters }) => parameters['DeviceToken'] === 'good')).toHaveLength(
          delivered.length,
        );
      }),
      { numRuns: 50 },
    );
  });

  it('answers an empty batch with no failures, and logs nothing', async () => {
    const log = recordingLog();
    expect(await deliver([], { log })).toMatchObject({ failed: [] });
    expect(log.lines).toEqual([]);
  });

  it('delays the push of a sweep on the queue of the sweeps', async () => {
    const calls: [string, number][] = [];
    const deadLetterQueues: unknown[] = [];
    const eventSourceARN = 'arn:aws:sqs:us-east-1:000000000000:sweeps';
    const tokens = ['fail-500', 'fail-400'];
    await deliver(
      tokens.map((DeviceToken) => recordOf({ DeviceToken }, { eventSourceARN })),
      {
        queues: ['pushes', 'sweeps'].map((name) => ({ name, queueUrl: `https://sqs.example.com/1/${name}` })),
        delay: ({ name }, delayed) => {
          calls.push([name, delayed.length]);
          return allDone(delayed);
        },
        sendDeadLetters: (givenUp) => {
          deadLetterQueues.push(...givenUp.map(({ message }) => message.MessageAttributes?.['queue']?.StringValue));
          return allDone(givenUp);
        },
      },
    );
    expect(calls).toEqual([['sweeps', 1]]);
    expect(deadLetterQueues).toEqual(['sweeps']);
  });

  it('does not let a push expire because the clock of SQS is ahead', async () => {
    const decided = recordOf({ DeviceToken: 'fail-500' }, { ageMs: -60_000 });
    const policy = { backoffBaseSeconds: 10, backoffCapSeconds: 60, lifetimeSeconds: 5, maxReceiveCount: 900 };
    const { delays } = await deliver([decided], { policy, random: () => 0 });
    expect([...delays.values()]).toEqual([10]);
  });

  it.each([
    [4000, true],
    [5000, false],
  ])(
    'retries a push whose attempt begins after %i ms of its 5 s: %s, however long it takes',
    async (ageMs, isRetried) => {
      const record = recordOf({}, { ageMs });
      let time = Date.now();
      const post = () => {
        time += 3000;
        return Promise.resolve({ status: 500, body: '' });
      };
      const policy = { backoffBaseSeconds: 10, backoffCapSeconds: 60, lifetimeSeconds: 5, maxReceiveCount: 900 };
      const { failed } = await deliver([record], { policy, gateway: { post }, now: () => time });
      expect(failed).toEqual(isRetried ? [record.messageId] : []);
    },
  );

  it('fails the whole batch if its queue is unknown, and lets Lambda log nothing about it', async () => {
    const log = recordingLog();
    const stray = recordOf({}, { eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:other' });
    await expect(deliver([stray], { log })).rejects.toThrow(/^batch failed$/);
    expect(log.lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'error', message: 'batch failed', records: 1, error: { name: 'Error' } },
    ]);
  });
});

describe('near the end of its time', () => {
  it('starts no attempt that could not end in time, and leaves the rest for the next receive', async () => {
    const records = recordsOf(2);
    const { failed, delays } = await deliver(records, { afterAttemptsMs: 10_000 }, 14_000);
    expect(failed).toEqual(idsOf(records));
    expect(delays.size).toBe(2);
    expect(posted()).toEqual([]);
  });

  it('starts an attempt that would just end in time', async () => {
    const handler = createDeliver(deliverDependencies(queues(), { post }, { afterAttemptsMs: 10_000 }));
    await handler(sqsEventOf([recordOf()]), { getRemainingTimeInMillis: () => 15_000 });
    expect(accepted()).toHaveLength(1);
  });

  it('does not let a push expire that was left only because the time was over', async () => {
    const old = recordOf({}, { ageMs: 90_000_000 });
    const { failed, delays } = await deliver([old], { afterAttemptsMs: 10_000 }, 14_000);
    expect(failed).toEqual([old.messageId]);
    expect([...delays.values()]).toEqual([1]);
  });

  it('stops starting attempts when the time runs out in the middle of a batch', async () => {
    let remainingMs = 20_000;
    const slow = {
      post(form: string) {
        remainingMs -= 1000;
        return post(form);
      },
    };
    const handler = createDeliver(
      deliverDependencies(queues(), slow, {
        concurrency: 1,
        afterAttemptsMs: 10_000,
        delay: (_queue, delayed) => allDone(delayed),
      }),
    );
    const { batchItemFailures } = await handler(sqsEventOf(recordsOf(10)), {
      getRemainingTimeInMillis: () => remainingMs,
    });
    expect(batchItemFailures).toHaveLength(4);
    expect(accepted()).toHaveLength(6);
  });

  it('answers before its time is over if SQS hangs, so that delivered pushes are not sent again', async () => {
    const interrupted: string[] = [];
    const untilAborted = (what: string, abortSignal: AbortSignal) =>
      new Promise<void>((resolve) => {
        const end = () => {
          interrupted.push(what);
          resolve();
        };
        // On a busy machine, what comes before may take all the time.
        if (abortSignal.aborted) end();
        else abortSignal.addEventListener('abort', end);
      });
    const failing = recordOf({ DeviceToken: 'fail-500' });
    const rejected = recordOf({ DeviceToken: 'fail-400' });
    const handler = createDeliver(
      deliverDependencies(
        queues(),
        { post },
        {
          answerReserveMs: 3_599_900,
          sendDeadLetters: async (givenUp, abortSignal) => {
            await untilAborted('dead letters', abortSignal);
            return await someFailed(givenUp, () => true);
          },
          delay: async (_queue, delayed, abortSignal) => {
            await untilAborted('delays', abortSignal);
            return await someFailed(delayed, () => true);
          },
        },
      ),
    );
    // The abort comes after 100 ms. A wrong computation would give two hours, and this test would not end.
    const { batchItemFailures } = await handler(sqsEventOf([failing, rejected, recordOf()]), {
      getRemainingTimeInMillis: () => 3_600_000,
    });
    expect(interrupted.toSorted()).toEqual(['dead letters', 'delays']);
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).toSorted()).toEqual(
      idsOf([failing, rejected]).toSorted(),
    );
  });

  it('answers even if its reserve of time is used up', async () => {
    const handler = createDeliver(deliverDependencies(queues(), { post }, { timeLimit: createTimeLimit(100) }));
    const { batchItemFailures } = await handler(sqsEventOf([recordOf()]), lambdaContext(500));
    expect(batchItemFailures).toEqual([]);
  });
});
