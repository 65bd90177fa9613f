import { describe, expect, it } from 'vitest';
import { attributesOf, outageWith, useDelivery } from '../../support/deliver.ts';
import { recordingLog } from '../../support/log.ts';
import { pushWith } from '../../support/pushes.ts';
import { acceptedAt, recordOf } from '../../support/sqs-event.ts';

const { accepted, deadLetters, deliver, post, posted } = useDelivery();

const now = Date.now();
const [past, future] = [new Date(now), new Date(now + 60_000)];
const fixed = { now: () => now };
const outageAfter = (status: number) => {
  const outage = outageWith({ outageFailures: 1 });
  outage.record({ kind: 'transient', status, words: () => '' }, pushWith(), { ms: 0, endedAt: 0 });
  return outage;
};
const deadLettersNow = async () => (await deadLetters()).map(attributesOf);

describe('a push with a time to live', () => {
  it('is delivered before it ends', async () => {
    expect(await deliver([recordOf({}, { expiresAt: future })], fixed)).toMatchObject({ failed: [] });
    expect(accepted()).toHaveLength(1);
    expect(await deadLetters()).toEqual([]);
  });

  it('is not tried once it has ended, and the dead letter and the log say so', async () => {
    const record = recordOf({}, { expiresAt: past });
    const log = recordingLog();
    expect(await deliver([record], { ...fixed, log })).toMatchObject({ failed: [] });
    expect(posted()).toEqual([]);
    const words = 'not tried, because its time to live is over';
    const [attributes] = await deadLettersNow();
    expect(attributes).toMatchObject({ reason: 'expired', pushId: record.messageId, words });
    expect(attributes).not.toHaveProperty('status');
    expect(log.lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'warn', outcome: { kind: 'expired', failure: words }, decision: { reason: 'expired' } },
      { message: 'batch', untried: 0, DeadLetteredExpired: 1 },
    ]);
  });

  it('is retried before it ends', async () => {
    const record = recordOf({ DeviceToken: 'fail-500' }, { expiresAt: future });
    const policy = { backoffBaseSeconds: 900, backoffCapSeconds: 900, lifetimeSeconds: 86_400, maxReceiveCount: 900 };
    const { delays } = await deliver([record], { ...fixed, policy });
    expect([...delays.values()]).toEqual([59]);
  });

  it('expires at once if its last attempt fails, with the answer of the gateway', async () => {
    const expiresAt = new Date(now + 1000);
    const log = recordingLog();
    await deliver([recordOf({ DeviceToken: 'fail-500' }, { expiresAt })], { ...fixed, log });
    const words = 'its time to live is over; The DeviceToken asks for this status.';
    expect(await deadLettersNow()).toMatchObject([{ reason: 'expired', status: '500', words }]);
    const decision = { kind: 'dead-letter', reason: 'expired', why: 'its time to live is over' };
    expect(JSON.parse(log.lines[0] ?? '')).toMatchObject({ outcome: { kind: 'transient', status: 500 }, decision });
  });

  it('is tried after it has ended if it was redriven', async () => {
    const messageAttributes = { pushId: { stringValue: 'first-id', dataType: 'String' as const } };
    const tokens = ['good', 'fail-500'];
    const records = tokens.map((DeviceToken) => recordOf({ DeviceToken }, { expiresAt: past, messageAttributes }));
    expect(await deliver(records, fixed)).toMatchObject({ failed: [records[1]?.messageId] });
    expect(accepted()).toHaveLength(1);
  });

  it('is not tried although an identical push in its batch is', async () => {
    const records = [past, future, undefined].map((expiresAt) => recordOf({}, expiresAt && { expiresAt }));
    expect(await deliver(records, fixed)).toMatchObject({ failed: [] });
    expect(posted()).toHaveLength(1);
    expect(await deadLettersNow()).toMatchObject([{ reason: 'expired', pushId: records[0]?.messageId }]);
  });

  it('is retried no longer although an identical push in its batch is', async () => {
    const ends = [new Date(now + 1000), future];
    const records = ends.map((expiresAt) => recordOf({ DeviceToken: 'fail-500' }, { expiresAt }));
    expect(await deliver(records, fixed)).toMatchObject({ failed: [records[1]?.messageId] });
    expect(posted()).toHaveLength(1);
    expect(await deadLettersNow()).toMatchObject([{ reason: 'expired', status: '500' }]);
  });

  it('that has ended is not the one that a batch tries in an outage', async () => {
    const expired = recordOf({ Id: '1' }, { expiresAt: past });
    const good = recordOf({ Id: '2' }, { receiveCount: 5 });
    expect(await deliver([expired, good], { ...fixed, outage: outageAfter(500) })).toMatchObject({ failed: [] });
    expect(accepted()).toHaveLength(1);
    expect(await deadLettersNow()).toMatchObject([{ pushId: expired.messageId }]);
  });

  it('that ends while the batch waits for another attempt is not tried', async () => {
    let time = now;
    const slow = {
      post(body: string) {
        time += 5000;
        return post(body);
      },
    };
    const records = [
      recordOf({ Id: '1' }),
      recordOf({ Id: '2' }, { expiresAt: new Date(now + 5000), receiveCount: 2 }),
    ];
    await deliver(records, { now: () => time, gateway: slow, outage: outageAfter(500) });
    expect(accepted()).toHaveLength(1);
    expect(await deadLettersNow()).toMatchObject([{ reason: 'expired', pushId: records[1]?.messageId }]);
  });
});

describe('a push with a time to live of 0', () => {
  const once = (DeviceToken = 'good', receiveCount = 1) =>
    recordOf({ DeviceToken }, { expiresAt: acceptedAt, receiveCount });

  it('is delivered by its one attempt, however late that comes', async () => {
    expect(await deliver([once()], fixed)).toMatchObject({ failed: [] });
    expect(accepted()).toHaveLength(1);
    expect(await deadLetters()).toEqual([]);
  });

  it.each([
    ['fail-503', { status: '503', words: 'its time to live is over; The DeviceToken asks for this status.' }],
    ['reset', { words: 'its time to live is over; the gateway closed the connection without an answer (ECONNRESET)' }],
  ])('expires if that attempt fails: %s', async (token, attributes) => {
    expect(await deliver([once(token)], fixed)).toMatchObject({ failed: [] });
    expect(await deadLettersNow()).toMatchObject([{ reason: 'expired', ...attributes }]);
  });

  it('expires untried if the gateway is down, and says why', async () => {
    const probe = recordOf({ DeviceToken: 'fail-500', Id: '1' });
    await deliver([probe, once('good', 2)], { ...fixed, outage: outageAfter(502) });
    expect(accepted()).toEqual([]);
    const words = 'its time to live is over; not tried in an outage: the gateway answered 500';
    expect(await deadLettersNow()).toMatchObject([{ reason: 'expired', words }]);
  });

  it('keeps its attempt if the function has no time left', async () => {
    const record = once();
    expect(await deliver([record], { ...fixed, afterAttemptsMs: 10_000 }, 14_000)).toMatchObject({
      failed: [record.messageId],
    });
    expect(await deadLetters()).toEqual([]);
  });
});
