import { describe, expect, it } from 'vitest';
import { outcomeEventOf, wordsOf } from '../../../functions/deliver/outcome-event.ts';
import { readRecord, type DecidedRecord } from '../../../functions/deliver/record.ts';
import type { OutcomeEvent } from '../../../shared/outcomes/outcome-event.ts';
import { recordOf } from '../../support/sqs-event.ts';

const outcome = { kind: 'unregistered', status: 404, words: () => 'gone' } as const;
const decision = { kind: 'dead-letter', reason: 'unregistered', confirmed: true } as const;
const queue = { name: 'sweeps', queueUrl: 'http://127.0.0.1/sweeps' };
const publishedAt = Date.parse('2026-01-02T05:00:00Z');

function messageOf(record = recordOf(), overrides: Partial<DecidedRecord> = {}) {
  return outcomeEventOf({ ...readRecord(record), outcome, decision, ...overrides }, queue, publishedAt);
}

const eventOf = (...parameters: Parameters<typeof messageOf>) =>
  JSON.parse(messageOf(...parameters).Message) as OutcomeEvent;

describe('an event', () => {
  it('says when the attempt ended, or when the push was given up without one', () => {
    const attempt = { outcome, ms: 100, endedAt: Date.parse('2026-01-02T04:00:00Z') };
    expect(eventOf(recordOf(), { attempt }).endedAt).toBe('2026-01-02T04:00:00.000Z');
    expect(eventOf().endedAt).toBe('2026-01-02T05:00:00.000Z');
  });

  it('has the id of the first message if the push was redriven, its receives, and its queue', () => {
    const messageAttributes = { pushId: { stringValue: 'first-id', dataType: 'String' as const } };
    const record = recordOf({}, { receiveCount: 7, messageAttributes });
    expect(eventOf(record)).toMatchObject({ id: 'first-id', attempts: 7, queue: 'sweeps' });
    expect(messageOf(record).MessageAttributes['queue']?.StringValue).toBe('sweeps');
  });

  it('has neither client nor sweep nor selector if the push has none', () => {
    const event = eventOf(recordOf({ Selector: undefined }));
    expect(event).not.toHaveProperty('client');
    expect(event).not.toHaveProperty('sweep');
    expect(event.push).not.toHaveProperty('selector');
  });

  it('has no push if the message could not be read', () => {
    const failure = 'the body is not JSON';
    expect(eventOf(recordOf({}, { body: '' }), { outcome: { kind: 'malformed', failure } })).not.toHaveProperty('push');
  });

  it('has no reason, no words and no attribute for them if the push was delivered', () => {
    const message = messageOf(recordOf(), {
      outcome: { kind: 'delivered', status: 200 },
      decision: { kind: 'delete' },
    });
    expect(JSON.parse(message.Message)).not.toHaveProperty('reason');
    expect(JSON.parse(message.Message)).not.toHaveProperty('words');
    expect(Object.keys(message.MessageAttributes).toSorted()).toEqual(['appId', 'outcome', 'queue', 'verb']);
  });

  it.each(['AppId', 'DeviceToken', 'Selector'])('has a long %s cut to whole characters', (name) => {
    const { push } = eventOf(recordOf({ [name]: `a${'😀'.repeat(2000)}` }));
    const values = [push?.appId, push?.deviceToken, push?.selector].filter((value) => value?.startsWith('a😀'));
    expect(values).toEqual([`a${'😀'.repeat(1023)}\uFFFD`]);
  });

  it('says whether an unregistered token is confirmed, and nothing of that with another reason', () => {
    expect(eventOf().confirmed).toBe(true);
    expect(eventOf(recordOf(), { decision: { ...decision, confirmed: false } }).confirmed).toBe(false);
    expect(eventOf(recordOf(), { decision: { kind: 'dead-letter', reason: 'rejected' } })).not.toHaveProperty(
      'confirmed',
    );
  });

  it('has a long verb cut', () => {
    expect(eventOf(recordOf({ verb: 'v'.repeat(3000) })).push?.verb).toHaveLength(2048);
  });

  it('has characters that SQS may refuse as JSON escapes', () => {
    const { Message } = messageOf(recordOf({ AppId: 'a😀' }), { outcome: { ...outcome, words: () => 'gone\uFFFE' } });
    expect(Message).toContain('"a\\ud83d\\ude00"');
    expect(Message).toContain('"gone\\ufffe"');
    expect(JSON.parse(Message)).toMatchObject({ words: 'gone\uFFFE', push: { appId: 'a😀' } });
  });

  it('fits into the call that publishes it, however long its values are', () => {
    const long = '\u{1F600}"\\'.repeat(5000);
    const message = messageOf(recordOf({ verb: long, AppId: long, DeviceToken: long, Selector: long }));
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(262_144);
  });
});

describe('an attribute for filters', () => {
  const appIdOf = (AppId: string) => messageOf(recordOf({ AppId })).MessageAttributes['appId'];

  it('has at most 256 characters, and only those that SQS accepts', () => {
    expect(appIdOf('b'.repeat(257))?.StringValue).toBe('b'.repeat(256));
    expect(appIdOf(`${'b'.repeat(255)}😀`)?.StringValue).toBe(`${'b'.repeat(255)}\uFFFD`);
    expect(appIdOf('a\u0000b')?.StringValue).toBe('a\uFFFDb');
  });

  it('is left out if its value is empty, and the others are not', () => {
    const { MessageAttributes } = messageOf(recordOf({ AppId: '' }, { client: 'crm' }));
    expect(Object.keys(MessageAttributes).toSorted()).toEqual([
      ...['client', 'confirmed', 'outcome', 'queue', 'reason', 'verb'],
    ]);
  });
});

describe('the words about a push that is given up', () => {
  it('are why it is given up, what the gateway said, and what else failed', () => {
    const why = 'received 900 times';
    const exhausted = { kind: 'dead-letter', reason: 'exhausted', why } as const;
    const failure = 'no answer';
    expect(wordsOf({ decision: exhausted, outcome })).toBe('received 900 times; gone');
    expect(wordsOf({ decision: exhausted, outcome: { kind: 'transient', failure } })).toBe(
      'received 900 times; no answer',
    );
    expect(wordsOf({ decision, outcome })).toBe('gone');
    expect(wordsOf({ decision, outcome: { ...outcome, words: () => '' } })).toBe('');
  });
});
