import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEventSourceMapping } from '../../local/event-source-mapping.ts';
import { startSandbox, type Sandbox } from '../../local/sandbox.ts';
import { encodeQueuedPush } from '../../shared/core/queued-push.ts';
import { createDeliver, type DeliverDependencies } from '../../shared/deliver/deliver.ts';
import { createGateway, type Gateway } from '../../shared/deliver/gateway.ts';
import { sendPush } from '../../shared/sqs/push-queue.ts';
import { delayMessages } from '../../shared/sqs/visibility.ts';
import { recordingLog } from '../support/log.ts';
import { pushWith } from '../support/pushes.ts';
import { startQueues, type TestQueues } from '../support/queues.ts';
import { recordOf, sqsEventOf } from '../support/sqs-event.ts';

let sandbox: Sandbox;
let gateway: Gateway;
let queues: TestQueues;

beforeAll(async () => {
  [sandbox, queues] = await Promise.all([startSandbox(0), startQueues()]);
  gateway = createGateway({
    url: new URL(`http://127.0.0.1:${String(sandbox.port)}/pnm2`),
    connectTimeoutMs: 5000,
    attemptTimeoutMs: 5000,
    maxConnections: 50,
  });
});
afterAll(async () => {
  gateway.close();
  await Promise.all([sandbox.stop(), queues.stop()]);
});
beforeEach(() => {
  sandbox.forget();
});

function deliver(overrides: Partial<DeliverDependencies> = {}) {
  return createDeliver({
    gateway,
    delay: () => Promise.resolve([]),
    policy: { backoffBaseSeconds: 1, backoffCapSeconds: 1 },
    concurrency: 50,
    now: Date.now,
    random: Math.random,
    log: recordingLog(),
    ...overrides,
  });
}

describe('the way out', () => {
  it('posts a push parameter by parameter as it was sent', async () => {
    const parameters = { Message: 'Grüße & 100 % + 😀', DeviceToken: 'a+b/c==', Odd: '' };
    expect(await deliver()(sqsEventOf([recordOf(parameters)]))).toEqual({ batchItemFailures: [] });
    expect(sandbox.pushes()).toMatchObject([{ status: 200, parameters }]);
  });

  it('reports just those that are to come back, and delivers their neighbours', async () => {
    const well = [recordOf(), recordOf()];
    const ill = [
      recordOf({ DeviceToken: 'fail-500' }),
      recordOf({ DeviceToken: 'reset' }),
      recordOf({}, { body: 'not JSON' }),
      recordOf({}, { body: '{"version":2}' }),
    ];
    const { batchItemFailures } = await deliver()(sqsEventOf([...ill.slice(0, 2), ...well, ...ill.slice(2)]));
    expect(batchItemFailures).toEqual(ill.map(({ messageId }) => ({ itemIdentifier: messageId })));
    expect(sandbox.pushes().filter(({ status }) => status === 200)).toHaveLength(2);
  });

  it('settles or reports every record, exactly once', async () => {
    const token = fc.constantFrom('well', 'fail-400', 'fail-404', 'fail-429', 'fail-500', 'unregistered', 'reset');
    const record = fc.oneof(
      { weight: 5, arbitrary: token.map((DeviceToken) => ({ DeviceToken, record: recordOf({ DeviceToken }) })) },
      { weight: 1, arbitrary: fc.string().map((body) => ({ DeviceToken: '', record: recordOf({}, { body }) })) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 30 }), async (all) => {
        sandbox.forget();
        // The same record may have been drawn twice; a batch never has an id twice.
        const records = all.map((one) => ({ ...one.record, messageId: crypto.randomUUID() }));
        const { batchItemFailures } = await deliver()(sqsEventOf(records));
        const reported = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
        expect(new Set(reported).size).toBe(reported.length);
        const delivered = records.filter((_, index) => all[index]?.DeviceToken === 'well');
        const others = records.filter((_, index) => all[index]?.DeviceToken !== 'well');
        expect(reported.toSorted()).toEqual(others.map(({ messageId }) => messageId).toSorted());
        const accepted = sandbox.pushes().filter(({ parameters }) => parameters['DeviceToken'] === 'well');
        expect(accepted).toHaveLength(delivered.length);
      }),
      { numRuns: 50 },
    );
  });

  it('has no more attempts under way at once than allowed', async () => {
    let underWay = 0;
    let most = 0;
    const counting: Pick<Gateway, 'post'> = {
      async post(form) {
        underWay += 1;
        most = Math.max(most, underWay);
        const answer = await gateway.post(form);
        underWay -= 1;
        return answer;
      },
    };
    const records = Array.from({ length: 40 }, () => recordOf());
    await deliver({ gateway: counting, concurrency: 7 })(sqsEventOf(records));
    expect(most).toBe(7);
    expect(sandbox.pushes()).toHaveLength(40);
  });

  it('logs one line for each attempt that failed, without token, selector or text', async () => {
    const log = recordingLog();
    const secrets = { DeviceToken: 'fail-500', Selector: 'SELECTOR-MARK', Message: 'TEXT-MARK' };
    const record = recordOf(secrets);
    await deliver({ log })(sqsEventOf([record, recordOf()]));
    expect(log.lines).toHaveLength(1);
    expect(JSON.parse(log.lines[0] ?? '')).toMatchObject({
      level: 'warn',
      id: record.messageId,
      verb: 'NotifyTextMessage',
      appId: 'com.example.softphone',
      outcome: { kind: 'transient', status: 500 },
      decision: { kind: 'retry', delaySeconds: 1 },
    });
    for (const secret of Object.values(secrets)) expect(log.lines[0]).not.toContain(secret);
  });
});

describe('the way out behind an event source mapping', () => {
  it('delivers what fails at first, through a real queue, and empties it', async () => {
    const handler = deliver({
      delay: (_laneArn, delays) => delayMessages(queues.sqs, queues.pushes.url, delays),
    });
    const errors: Error[] = [];
    const stop = startEventSourceMapping({
      sqs: queues.sqs,
      queue: queues.pushes,
      batchRecords: 10,
      maximumConcurrency: 2,
      invoke: handler,
      onError: (error) => errors.push(error),
    });
    const { signal } = new AbortController();
    const tokens = ['one', 'two', 'fail-500-2', 'fail-429-1', 'fail-503-1', 'three'];
    for (const DeviceToken of tokens) {
      const push = pushWith({ DeviceToken });
      await sendPush(queues.sqs, queues.pushes.url, { push, acceptedAt: new Date() }, signal);
    }
    await expect
      .poll(
        () =>
          sandbox
            .pushes()
            .filter(({ status }) => status === 200)
            .map(({ parameters }) => parameters['DeviceToken'])
            .toSorted(),
        { timeout: 30_000 },
      )
      .toEqual(tokens.toSorted());
    await expect
      .poll(() => queues.server.inspectQueue('pushes')?.messages, { timeout: 30_000 })
      .toEqual({ ready: [], delayed: [], inflight: [] });
    await stop();
    expect(errors).toEqual([]);
  });
});

describe('a message that no version reads', () => {
  it('does not stop the next one', async () => {
    const broken = recordOf({}, { body: encodeQueuedPush({ push: pushWith(), acceptedAt: new Date() }).slice(0, -1) });
    const next = recordOf();
    expect(await deliver()(sqsEventOf([broken, next]))).toEqual({
      batchItemFailures: [{ itemIdentifier: broken.messageId }],
    });
    expect(sandbox.pushes()).toHaveLength(1);
  });
});
