import type { Message } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import {
  isFiltering,
  matches,
  parseDeadLetter,
  viewOf,
  type Filters,
} from '../../../cli/dead-letters/dead-letter-message.ts';
import { summaryLines } from '../../../cli/dead-letters/list.ts';
import { queueNameOf } from '../../../shared/push/dead-letter-reading.ts';
import { deviceHash } from '../../../shared/push/redaction.ts';
import {
  deadLetterWith,
  movedBySqs,
  type DeadLetterOverrides,
  type SentDeadLetter,
} from '../../support/dead-letters.ts';

const sentAt = Date.parse('2026-01-02T03:04:05.678Z');

const received = ({ body, attributes }: SentDeadLetter, system: Message['Attributes'] = {}): Message => ({
  MessageId: 'message',
  ReceiptHandle: 'receipt',
  Body: body,
  MessageAttributes: attributes,
  Attributes: { SentTimestamp: String(sentAt), ApproximateReceiveCount: '7', ...system },
});
const parsedWith = (overrides: DeadLetterOverrides) => parseDeadLetter(received(deadLetterWith(overrides)));

describe('parseDeadLetter', () => {
  it('reads the attributes', () => {
    const acceptedAt = '2026-01-01T00:00:00.000Z';
    const attributes = { reason: 'expired', status: 500, words: 'no', attempts: 99, queue: 'sweeps' } as const;
    expect(parsedWith({ ...attributes, acceptedAt, pushId: 'push' })).toMatchObject({
      ...{ ...attributes, acceptedAt, pushId: 'push', messageId: 'message' },
    });
  });

  it('takes id and queue from the message if SQS itself has moved it', () => {
    const DeadLetterQueueSourceArn = 'arn:aws:sqs:eu-central-1:123456789012:pnm2-relay-prod-sweeps';
    const moved = movedBySqs();
    expect(parseDeadLetter(received(moved, { DeadLetterQueueSourceArn }))).toMatchObject({
      ...{ reason: 'exhausted', pushId: 'message', queue: 'sweeps', attempts: 7 },
      acceptedAt: (JSON.parse(moved.body) as { acceptedAt: string }).acceptedAt,
    });
    expect(parseDeadLetter(received(moved)).queue).toBe('pushes');
    expect(parseDeadLetter(received(moved))).not.toHaveProperty('words');
  });

  it('keeps the push id of a push that was redriven and then moved by SQS', () => {
    const attributes = { pushId: { DataType: 'String', StringValue: 'push' } };
    expect(parseDeadLetter(received({ ...movedBySqs(), attributes }))).toMatchObject({
      pushId: 'push',
      reason: 'exhausted',
    });
  });

  it('accepts a malformed body', () => {
    const deadLetter = parseDeadLetter(received({ body: '{"version":9}', attributes: {} }));
    expect(deadLetter).toMatchObject({ content: { ok: false }, acceptedAt: new Date(sentAt).toISOString() });
    expect(viewOf(deadLetter, sentAt, false)).toMatchObject({
      ...{ fault: 'version 9 is unknown; the known versions are 1 and 2', body: '13 characters', ageSeconds: 0 },
    });
    expect(viewOf(deadLetter, sentAt, true).body).toBe('{"version":9}');
  });

  it('replaces invalid figures by those of SQS', () => {
    const { body, attributes } = deadLetterWith({ body: 'x' });
    const nonsense = { DataType: 'String', StringValue: 'nonsense' };
    const deadLetter = parseDeadLetter(
      received({ body, attributes: { ...attributes, attempts: nonsense, acceptedAt: nonsense, status: nonsense } }),
    );
    expect(deadLetter).toMatchObject({ attempts: 7, acceptedAt: new Date(sentAt).toISOString() });
    expect(deadLetter).not.toHaveProperty('status');
  });

  it.each([
    [undefined, undefined],
    ['arn:aws:sqs:us-east-1:000000000000:pnm2-relay-dev-pushes', 'pushes'],
    ['arn:aws:sqs:us-east-1:000000000000:pushes', 'pushes'],
  ])('finds in the ARN %s the queue name %s', (arn, queue) => {
    expect(queueNameOf(arn)).toBe(queue);
  });
});

describe('viewOf', () => {
  it('shows neither token nor selector nor text, unless they are to be revealed', () => {
    const parameters = {
      ...{ verb: 'NotifyGenericTextMessage', Message: 'Hello World', DeviceToken: 'the-token', AppId: 'app' },
      ...{ Selector: 'the-selector', Other: 'O' },
    };
    const deadLetter = parsedWith({ parameters });
    const hidden = viewOf(deadLetter, sentAt, false);
    expect(hidden).toMatchObject({ verb: parameters.verb, appId: 'app', device: deviceHash('app', 'the-token') });
    expect(hidden.parameters).toEqual({
      ...{ verb: parameters.verb, AppId: 'app', Message: '11 characters', DeviceToken: '9 characters' },
      ...{ Selector: '12 characters', Other: '1 character' },
    });
    expect(viewOf(deadLetter, sentAt, true).parameters).toEqual(parameters);
  });
});

describe('filters', () => {
  const hour = 3_600_000;
  const now = Date.parse('2026-03-01T00:00:00Z');
  const acceptedAt = new Date(now - 5 * hour).toISOString();
  const queued = { client: 'crm', sweep: { plan: 'nightly', run: 'first' } };
  const deadLetter = parsedWith({
    acceptedAt,
    pushId: 'push',
    reason: 'rejected',
    parameters: { AppId: 'app' },
    queued,
  });
  const malformed = parsedWith({ body: 'x' });

  it.each<[Filters, boolean]>([
    [{}, true],
    [{ reason: ['rejected'] }, true],
    [{ reason: ['expired', 'rejected'] }, true],
    [{ reason: ['expired'] }, false],
    [{ appId: ['app'] }, true],
    [{ appId: ['ap'] }, false],
    [{ client: ['other', 'crm'] }, true],
    [{ client: ['cr'] }, false],
    [{ sweep: ['nightly'] }, true],
    [{ sweep: ['nightly/first'] }, true],
    [{ sweep: ['nightly/second', 'night', 'first'] }, false],
    [{ id: ['push'] }, true],
    [{ id: ['message'] }, true],
    [{ id: ['other'] }, false],
    [{ olderThan: 5 * hour }, true],
    [{ olderThan: 5 * hour + 1 }, false],
    [{ newerThan: 5 * hour }, true],
    [{ newerThan: 5 * hour - 1 }, false],
    [{ olderThan: hour, newerThan: 6 * hour, reason: ['rejected'], appId: ['app'] }, true],
    [{ olderThan: hour, newerThan: 6 * hour, reason: ['rejected'], appId: ['other'] }, false],
  ])('%j match a dead letter that is five hours old: %s', (filters, expected) => {
    expect(matches(deadLetter, filters, now)).toBe(expected);
  });

  it('by AppId, client or sweep exclude a malformed dead letter, which has none', () => {
    expect(matches(malformed, { appId: ['app'] }, now)).toBe(false);
    expect(matches(malformed, { client: ['crm'] }, now)).toBe(false);
    expect(matches(malformed, { sweep: ['nightly'] }, now)).toBe(false);
    expect(matches(malformed, { reason: ['rejected'] }, now)).toBe(true);
  });

  it('exclude a dead letter that no client and no sweep has sent, by either', () => {
    const { client, sweep } = { client: ['crm'], sweep: ['nightly'] };
    expect(matches(parsedWith({}), { client }, now)).toBe(false);
    expect(matches(parsedWith({}), { sweep }, now)).toBe(false);
  });

  it('are unset if all of them are undefined', () => {
    expect(isFiltering({ reason: undefined, appId: undefined })).toBe(false);
    expect(isFiltering({ olderThan: 0 })).toBe(true);
  });
});

describe('the summary', () => {
  it('counts by reason and by age, with sums', () => {
    const of = (reason: 'rejected' | 'expired', ageSeconds: number) => ({ reason, ageSeconds });
    const lines = summaryLines([
      ...[of('rejected', 0), of('rejected', 3599), of('rejected', 3600), of('rejected', 259_200)],
      ...[of('expired', 21_600), of('expired', 86_400), of('expired', 1e9)],
    ]);
    expect(lines).toEqual([
      'reason    under 1h  under 6h  under 1d  under 3d  3d and more  all',
      'rejected         2         1         0         0            1    4',
      'expired          0         0         1         1            1    3',
      'all              2         1         1         1            2    7',
    ]);
  });
});
