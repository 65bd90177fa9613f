import { describe, expect, it } from 'vitest';
import { someFailed } from '../../support/batch-result.ts';
import { attributesOf, outageWith, useDelivery } from '../../support/deliver.ts';
import { recordOf, recordsOf } from '../../support/sqs-event.ts';

const { deadLetters, deliver, posted, queues } = useDelivery();

describe('a dead letter', () => {
  it.each([
    ['unregistered', { reason: 'unregistered', status: '404', words: 'The token is not registered.' }],
    ['fail-410', { reason: 'unregistered', status: '410', words: 'The DeviceToken asks for this status.' }],
    ['fail-400', { reason: 'rejected', status: '400', words: 'The DeviceToken asks for this status.' }],
    ['fail-302', { reason: 'rejected', status: '302', words: 'The DeviceToken asks for this status.' }],
  ])('for the token %s has the attributes %j and the unchanged body', async (DeviceToken, expected) => {
    const record = recordOf({ DeviceToken }, { receiveCount: 3 });
    expect(await deliver([record, recordOf()])).toMatchObject({ failed: [] });
    const received = await deadLetters();
    expect(received.map(({ Body }) => Body)).toEqual([record.body]);
    expect(received.map(attributesOf)).toEqual([
      {
        ...expected,
        pushId: record.messageId,
        queue: 'pushes',
        attempts: '3',
        acceptedAt: '2026-01-02T03:04:05.678Z',
      },
    ]);
  });

  it.each(['not JSON', '{"version":3,"push":"of tomorrow"}', '{"version":1}'])(
    'keeps the unreadable body %j, and the rest of the batch is delivered',
    async (body) => {
      const record = recordOf({}, { body });
      expect(await deliver([record, recordOf()])).toMatchObject({ failed: [] });
      expect(posted()).toHaveLength(1);
      const [deadLetter] = await deadLetters();
      expect(deadLetter?.Body).toBe(body);
      expect(attributesOf(deadLetter ?? {})).toMatchObject({ reason: 'malformed', pushId: record.messageId });
    },
  );

  it('of an unreadable message says when the message was sent, not 1970', async () => {
    const record = recordOf({}, { body: 'not JSON', ageMs: 60_000 });
    await deliver([record]);
    const sentAt = new Date(Number(record.attributes.SentTimestamp)).toISOString();
    expect((await deadLetters()).map(attributesOf)).toMatchObject([{ acceptedAt: sentAt }]);
  });

  it('of a push that got no answer has no status, and says what failed', async () => {
    await deliver([recordOf({ DeviceToken: 'reset' }, { ageMs: 86_400_000 })]);
    const [attributes] = (await deadLetters()).map(attributesOf);
    const words = 'the gateway closed the connection without an answer (ECONNRESET)';
    expect(attributes).toMatchObject({ reason: 'expired', words });
    expect(attributes).not.toHaveProperty('status');
  });

  it('of a push that expires in an outage says what last failed, without the words about another push', async () => {
    const outage = outageWith({ outageFailures: 2 });
    const tokens = ['fail-500', 'reset', 'first', 'second'];
    const records = tokens.map((DeviceToken) => recordOf({ DeviceToken }, { ageMs: 86_400_000 }));
    await deliver(records, { outage, concurrency: 1 });
    const words = (await deadLetters()).map((deadLetter) => attributesOf(deadLetter)['words']);
    const untried = 'not tried in an outage: the gateway closed the connection without an answer (ECONNRESET)';
    expect(words.filter((text) => text?.startsWith('not tried'))).toEqual([untried, untried]);
  });

  it('of a push that is refused until it expires, at a suspected address, has the last status and words', async () => {
    const outage = outageWith({ suspectFinalAnswers: 2 });
    const records = ['first', 'second'].map((name) =>
      recordOf({ DeviceToken: 'fail-404', AppId: name }, { ageMs: 86_400_000 }),
    );
    await deliver(records, { outage });
    const expired = { reason: 'expired', status: '404', words: 'The DeviceToken asks for this status.' };
    expect((await deadLetters()).map(attributesOf)).toMatchObject([expired, expired]);
  });

  it('of a redriven push keeps the id with which the push was accepted', async () => {
    const messageAttributes = { pushId: { stringValue: 'first-id', dataType: 'String' as const } };
    await deliver([recordOf({ DeviceToken: 'fail-400' }, { messageAttributes })]);
    expect((await deadLetters()).map(attributesOf)).toMatchObject([{ pushId: 'first-id' }]);
  });

  it('that SQS refuses leaves its record on the queue', async () => {
    const records = recordsOf(25, { DeviceToken: 'fail-400' });
    const refused = new Set([0, 7, 24]);
    const { failed, delays } = await deliver(records, {
      sendDeadLetters: (givenUp) => someFailed(givenUp, (index) => refused.has(index)),
    });
    expect(failed).toEqual([0, 7, 24].map((index) => records[index]?.messageId));
    // Not delayed: the visibility time-out of the queue hides them.
    expect(delays.size).toBe(0);
  });

  it('is sent for each of hundreds of pushes, in batches that SQS accepts', async () => {
    const records = recordsOf(203, { DeviceToken: 'fail-400', Message: 'x'.repeat(9000) });
    expect(await deliver(records)).toMatchObject({ failed: [] });
    expect(queues().server.inspectQueue('undeliverable')?.messages.ready).toHaveLength(203);
  });
});
