import { describe, expect, it } from 'vitest';
import { awsCallsOn, idsOf, outageWith, useDelivery } from '../../support/deliver.ts';
import { recordingLog } from '../../support/log.ts';
import { recordOf } from '../../support/sqs-event.ts';
import { patience } from '../../support/patience.ts';
import type { ApplyDependencies } from '../../../functions/deliver/apply.ts';

const { clear, deadLetters, deliver, events, queues } = useDelivery();

/** The topic refuses the events of these devices, or all. */
function refusingTopic(refuses: (body: string) => boolean): ApplyDependencies['publish'] {
  return async (records, signal) => {
    const [refused, taken] = [true, false].map((is) =>
      records.filter(({ event }) => refuses(event.Message ?? '') === is),
    );
    const result = await awsCallsOn(queues()).publish(taken ?? [], signal);
    const error = new Error('refused by the topic');
    return { done: result.done, failed: (refused ?? []).map((item) => ({ item, scope: 'entry', error })) };
  };
}

describe('a push that is given up', () => {
  it('is told on the topic, with what its sender needs to find the device and without the text', async () => {
    const record = recordOf(
      { DeviceToken: 'unregistered', Message: 'SECRET TEXT', Selector: 'a:b' },
      { client: 'crm', sweep: { plan: 'nightly', run: '2026-01-02' } },
    );
    const now = () => Date.parse('2026-01-02T04:00:00Z');
    await deliver([record], { now });
    const told = await events();
    expect(told).toEqual([
      {
        event: {
          version: 1,
          id: record.messageId,
          outcome: 'unregistered',
          reason: 'unregistered',
          confirmed: false,
          words: 'The token is not registered.',
          status: 404,
          attempts: 1,
          acceptedAt: '2026-01-02T03:04:05.678Z',
          endedAt: '2026-01-02T04:00:00.000Z',
          queue: 'pushes',
          client: 'crm',
          sweep: { plan: 'nightly', run: '2026-01-02' },
          push: {
            verb: 'NotifyTextMessage',
            appId: 'com.example.softphone',
            deviceToken: 'unregistered',
            selector: 'a:b',
          },
        },
        attributes: {
          outcome: 'unregistered',
          reason: 'unregistered',
          confirmed: 'false',
          verb: 'NotifyTextMessage',
          appId: 'com.example.softphone',
          client: 'crm',
          queue: 'pushes',
        },
      },
    ]);
  });

  it('is told as confirmed if a push of its batch or of an earlier one was delivered', async () => {
    const outage = outageWith();
    const dead = ['unregistered', 'fail-404', 'fail-410'].map((DeviceToken) => recordOf({ DeviceToken }));
    await deliver([...dead, recordOf()], { outage });
    await deliver([recordOf({ DeviceToken: 'fail-404-9' })], { outage });
    expect((await events()).map(({ event }) => [event.status, event.confirmed])).toEqual([
      [404, true],
      [404, true],
      [410, true],
      [404, true],
    ]);
  });

  it('is told with its reason, however it ended', async () => {
    const late = { lifetimeSeconds: 1, backoffBaseSeconds: 1, backoffCapSeconds: 1, maxReceiveCount: 900 };
    const old = recordOf({ DeviceToken: 'fail-500' }, { ageMs: 5000 });
    await deliver([recordOf({ DeviceToken: 'fail-400' }), { ...recordOf(), body: 'unreadable' }, old], {
      policy: late,
    });
    const told = await events();
    expect(told.map(({ event }) => [event.outcome, event.reason, event.status]).toSorted()).toEqual([
      ['malformed', 'malformed', undefined],
      ['rejected', 'rejected', 400],
      ['transient', 'expired', 500],
    ]);
    expect(told.find(({ event }) => event.reason === 'malformed')).toMatchObject({
      event: { words: 'the body is not JSON' },
      attributes: { outcome: 'malformed', reason: 'malformed', queue: 'pushes' },
    });
  });

  it('stays on its queue, without a dead letter, if the topic does not take its event, and its neighbour does not', async () => {
    const log = recordingLog();
    const kept = recordOf({ DeviceToken: 'fail-404' });
    const publish = refusingTopic((body) => body.includes('fail-404'));
    const { failed } = await deliver([kept, recordOf({ DeviceToken: 'fail-400' }), recordOf()], { publish, log });
    expect(failed).toEqual([kept.messageId]);
    expect(await deadLetters()).toHaveLength(1);
    expect((await events()).map(({ event }) => event.reason)).toEqual(['rejected']);
    const lines = log.lines.join('\n');
    expect(lines).toContain('event not published');
    expect(lines).toContain('"EventsNotPublished":1');
  });

  it('stays on its queue if its dead letter is not sent, and its event comes again with the same id', async () => {
    const record = recordOf({ DeviceToken: 'fail-400' });
    const sendDeadLetters: ApplyDependencies['sendDeadLetters'] = (items) =>
      Promise.resolve({ done: [], failed: items.map((item) => ({ item, scope: 'call', error: new Error('SQS') })) });
    expect(await deliver([record], { sendDeadLetters })).toMatchObject({ failed: [record.messageId] });
    expect(await deliver([record])).toMatchObject({ failed: [] });
    expect((await events()).map(({ event }) => event.id)).toEqual([record.messageId, record.messageId]);
    expect(await deadLetters()).toHaveLength(1);
  });

  it('has long values cut, so that its event fits into a message', async () => {
    const DeviceToken = 'fail-400'.padEnd(200_000, '😀');
    const long = 'x'.repeat(200_000);
    const byHand = recordOf({ DeviceToken: 'fail-400' }, { client: long, sweep: { plan: long, run: long } });
    expect(await deliver([byHand])).toMatchObject({ failed: [] });
    expect((await events())[0]?.event).toMatchObject({ client: 'x'.repeat(2048) });
    clear();
    await deliver([recordOf({ DeviceToken, AppId: 'a'.repeat(300) }), recordOf({ DeviceToken: `${DeviceToken}b` })]);
    const told = await events();
    expect(told.map(({ event }) => event.push?.deviceToken.length)).toEqual([2048, 2048]);
    expect(told.map(({ attributes }) => attributes['appId']?.length)).toContain(256);
  });
});

describe('a receipt', () => {
  it('is published for each delivered push, if the deployment asks for it', async () => {
    const records = [recordOf({ Message: 'SECRET' }), recordOf({ DeviceToken: 'other' })];
    await deliver(records, { publishDelivered: true });
    const told = await events();
    expect(told.map(({ event }) => event.id).toSorted()).toEqual(idsOf(records).toSorted());
    expect(told[0]?.event).toMatchObject({ outcome: 'delivered', status: 200, attempts: 1 });
    expect(told[0]?.event).not.toHaveProperty('reason');
    expect(JSON.stringify(told)).not.toContain('SECRET');
  });

  it('is not published otherwise, and the SDK is not loaded for it', async () => {
    await deliver([recordOf()], awsCallsOn(queues(), { loadSns: () => Promise.reject(new Error('loaded')) }));
    expect(await events()).toEqual([]);
  });

  it('that the topic does not take is counted, and its push is not delivered again', async () => {
    const log = recordingLog();
    const publish = refusingTopic(() => true);
    expect(await deliver([recordOf()], { publish, publishDelivered: true, log })).toMatchObject({ failed: [] });
    await expect.poll(() => log.lines.join('\n'), patience).toContain('"ReceiptsNotPublished":1');
  });
});
