import type { Message } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { deviceHash } from '../../shared/push/redaction.ts';
import { isFiltering, matches, type Filters } from '../../cli/dead-letters/filters.ts';
import { queueOfQueue, readLetter, viewOf } from '../../cli/dead-letters/letters.ts';
import { countByReasonAndAge, summaryLines } from '../../cli/dead-letters/summary.ts';
import { letterWith, movedBySqs, type LetterMessage, type LetterOverrides } from '../support/letters.ts';

const sentAt = Date.parse('2026-01-02T03:04:05.678Z');

const received = ({ body, attributes }: LetterMessage, system: Message['Attributes'] = {}): Message => ({
  MessageId: 'message',
  ReceiptHandle: 'receipt',
  Body: body,
  MessageAttributes: attributes,
  Attributes: { SentTimestamp: String(sentAt), ApproximateReceiveCount: '7', ...system },
});
const letterOf = (overrides: LetterOverrides) => readLetter(received(letterWith(overrides)));

describe('a letter', () => {
  it('is what its attributes say', () => {
    const acceptedAt = '2026-01-01T00:00:00.000Z';
    const said = { reason: 'expired', status: 500, words: 'no', attempts: 99, queue: 'sweeps', acceptedAt } as const;
    expect(letterOf({ ...said, pushId: 'push' })).toMatchObject({ ...said, pushId: 'push', messageId: 'message' });
  });

  it('that SQS moved is known by its message, and is of the queue that it came from', () => {
    const DeadLetterQueueSourceArn = 'arn:aws:sqs:eu-central-1:123456789012:pnm2-relay-prod-sweeps';
    const moved = movedBySqs();
    expect(readLetter(received(moved, { DeadLetterQueueSourceArn }))).toMatchObject({
      ...{ reason: 'exhausted', pushId: 'message', queue: 'sweeps', attempts: 7 },
      acceptedAt: (JSON.parse(moved.body) as { acceptedAt: string }).acceptedAt,
    });
    expect(readLetter(received(moved)).queue).toBe('pushes');
  });

  it('that was redriven and moved by SQS keeps the id of its push', () => {
    const attributes = { pushId: { DataType: 'String', StringValue: 'push' } };
    expect(readLetter(received({ ...movedBySqs(), attributes }))).toMatchObject({
      pushId: 'push',
      reason: 'exhausted',
    });
  });

  it('that is malformed is a letter all the same', () => {
    const letter = readLetter(received({ body: '{"version":9}', attributes: {} }));
    expect(letter).toMatchObject({ content: { ok: false }, acceptedAt: new Date(sentAt).toISOString() });
    expect(viewOf(letter, sentAt, false)).toMatchObject({
      ...{ fault: 'version 9 is not known, only 1', body: '13 characters', ageSeconds: 0 },
    });
    expect(viewOf(letter, sentAt, true).body).toBe('{"version":9}');
  });

  it('with figures that are none falls back on what SQS knows', () => {
    const { body, attributes } = letterWith({ body: 'x' });
    const nonsense = { DataType: 'String', StringValue: 'nonsense' };
    const letter = readLetter(
      received({ body, attributes: { ...attributes, attempts: nonsense, acceptedAt: nonsense } }),
    );
    expect(letter).toMatchObject({ attempts: 7, acceptedAt: new Date(sentAt).toISOString() });
  });

  it.each([
    [undefined, undefined],
    ['arn:aws:sqs:us-east-1:000000000000:pnm2-relay-dev-pushes', 'pushes'],
    ['arn:aws:sqs:us-east-1:000000000000:pushes', 'pushes'],
  ])('of the queue %s came from the queue %s', (arn, queue) => {
    expect(queueOfQueue(arn)).toBe(queue);
  });

  it('shows neither token nor selector nor text unless that is asked for', () => {
    const parameters = {
      ...{ verb: 'NotifyGenericTextMessage', Message: 'Hello World', DeviceToken: 'the-token', AppId: 'app' },
      ...{ Selector: 'the-selector', Other: 'O' },
    };
    const letter = letterOf({ parameters });
    const hidden = viewOf(letter, sentAt, false);
    expect(hidden).toMatchObject({ verb: parameters.verb, appId: 'app', device: deviceHash('app', 'the-token') });
    expect(hidden.parameters).toEqual({
      ...{ verb: parameters.verb, AppId: 'app', Message: '11 characters', DeviceToken: '9 characters' },
      ...{ Selector: '12 characters', Other: '1 character' },
    });
    expect(viewOf(letter, sentAt, true).parameters).toEqual(parameters);
  });
});

describe('filters', () => {
  const hour = 3_600_000;
  const now = Date.parse('2026-03-01T00:00:00Z');
  const acceptedAt = new Date(now - 5 * hour).toISOString();
  const letter = letterOf({ acceptedAt, pushId: 'push', reason: 'rejected', parameters: { AppId: 'app' } });
  const malformed = letterOf({ body: 'x' });

  it.each<[Filters, boolean]>([
    [{}, true],
    [{ reasons: ['rejected'] }, true],
    [{ reasons: ['expired', 'rejected'] }, true],
    [{ reasons: ['expired'] }, false],
    [{ appIds: ['app'] }, true],
    [{ appIds: ['ap'] }, false],
    [{ ids: ['push'] }, true],
    [{ ids: ['message'] }, true],
    [{ ids: ['other'] }, false],
    [{ olderThanMs: 5 * hour }, true],
    [{ olderThanMs: 5 * hour + 1 }, false],
    [{ newerThanMs: 5 * hour }, true],
    [{ newerThanMs: 5 * hour - 1 }, false],
    [{ olderThanMs: hour, newerThanMs: 6 * hour, reasons: ['rejected'], appIds: ['app'] }, true],
    [{ olderThanMs: hour, newerThanMs: 6 * hour, reasons: ['rejected'], appIds: ['other'] }, false],
  ])('%j on a letter that is five hours old: %s', (filters, expected) => {
    expect(matches(letter, filters, now)).toBe(expected);
  });

  it('by AppId leave out what has none', () => {
    expect(matches(malformed, { appIds: ['app'] }, now)).toBe(false);
    expect(matches(malformed, { reasons: ['rejected'] }, now)).toBe(true);
  });

  it('are none where nothing is said', () => {
    expect(isFiltering({ reasons: undefined, appIds: undefined })).toBe(false);
    expect(isFiltering({ olderThanMs: 0 })).toBe(true);
  });
});

describe('the summary', () => {
  it('counts by reason and by age, and adds up', () => {
    const of = (reason: 'rejected' | 'expired', ageSeconds: number) => ({ reason, ageSeconds });
    const counts = countByReasonAndAge([
      ...[of('rejected', 0), of('rejected', 3599), of('rejected', 3600), of('rejected', 259_200)],
      ...[of('expired', 21_600), of('expired', 86_400), of('expired', 1e9)],
    ]);
    expect(summaryLines(counts)).toEqual([
      'reason    under 1h  under 6h  under 1d  under 3d  3d and more  all',
      'rejected         2         1         0         0            1    4',
      'expired          0         0         1         1            1    3',
      'all              2         1         1         1            2    7',
    ]);
  });
});
