import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDeadLetter } from '../../../cli/dead-letters/dead-letter-message.ts';
import { deadLetterAttributes, deadLetterReasons, type DeadLetter } from '../../../shared/push/dead-letter.ts';
import { parseQueuedPush } from '../../../shared/push/queued-push.ts';
import { characterRefusedBySqs } from '../../../shared/push/sqs-text.ts';

const required = { pushId: 'message', queue: 'pushes', attempts: 7, acceptedAt: '2026-01-02T03:04:05.678Z' };

const anyDeadLetter: fc.Arbitrary<DeadLetter> = fc
  .record({
    reason: fc.constantFrom(...deadLetterReasons),
    pushId: fc.uuid(),
    queue: fc.constantFrom('pushes', 'sweeps'),
    attempts: fc.nat(),
    acceptedAt: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    status: fc.option(fc.integer({ min: 200, max: 599 })),
    words: fc.option(fc.string({ minLength: 1, unit: 'grapheme' })),
  })
  .map(({ status, words, ...rest }) => ({
    ...rest,
    ...(status !== null && { status }),
    ...(words !== null && { words }),
  }));

describe('the attributes of a dead letter', () => {
  it('are read back as they were written', () => {
    fc.assert(
      fc.property(anyDeadLetter, (deadLetter) => {
        const message = parseDeadLetter({ MessageAttributes: deadLetterAttributes(deadLetter) });
        const received = { messageId: '', receiptHandle: '', body: '', content: parseQueuedPush('') };
        expect(message).toStrictEqual({ ...deadLetter, ...received });
      }),
    );
  });

  it('have the type that SQS requires for texts and numbers', () => {
    const deadLetter: DeadLetter = { reason: 'rejected', ...required, status: 400, words: 'No such app' };
    expect(deadLetterAttributes(deadLetter)).toEqual({
      reason: { DataType: 'String', StringValue: 'rejected' },
      pushId: { DataType: 'String', StringValue: 'message' },
      queue: { DataType: 'String', StringValue: 'pushes' },
      attempts: { DataType: 'Number', StringValue: '7' },
      acceptedAt: { DataType: 'String', StringValue: '2026-01-02T03:04:05.678Z' },
      status: { DataType: 'Number', StringValue: '400' },
      words: { DataType: 'String', StringValue: 'No such app' },
    });
  });

  it('are accepted by SQS whatever the gateway answered', () => {
    fc.assert(
      fc.property(anyDeadLetter, fc.string({ unit: 'binary-ascii' }), (deadLetter, words) => {
        const attributes = Object.values(deadLetterAttributes({ ...deadLetter, words }));
        expect(attributes.length).toBeLessThanOrEqual(10);
        for (const { StringValue } of attributes) {
          expect(StringValue).not.toBe('');
          expect(characterRefusedBySqs(StringValue ?? '')).toBeUndefined();
        }
      }),
    );
  });

  it('replace what SQS refuses, and keep the rest of the answer', () => {
    const { words } = deadLetterAttributes({ reason: 'rejected', ...required, words: 'a\0b\uD800c\u0001d' });
    expect(words?.StringValue).toBe('a\uFFFDb\uFFFDc\uFFFDd');
  });
});
