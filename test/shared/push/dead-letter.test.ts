import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deadLetterAttributes,
  deadLetterReasons,
  readDeadLetter,
  type DeadLetter,
} from '../../../shared/push/dead-letter.ts';
import { characterRefusedBySqs } from '../../../shared/push/sqs-text.ts';

const fallback = { pushId: 'message', queue: 'pushes', attempts: 7, acceptedAt: '2026-01-02T03:04:05.678Z' };

const deadLetter: fc.Arbitrary<DeadLetter> = fc
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

const valuesOf = (letter: DeadLetter) =>
  Object.fromEntries(
    Object.entries(deadLetterAttributes(letter)).map(([name, { StringValue }]) => [name, StringValue]),
  );

describe('a dead letter', () => {
  it('is read from its attributes as it was written', () => {
    fc.assert(
      fc.property(deadLetter, (letter) => {
        expect(readDeadLetter(valuesOf(letter), fallback)).toEqual(letter);
      }),
    );
  });

  it('has attributes that SQS takes, whatever the gateway said', () => {
    fc.assert(
      fc.property(deadLetter, fc.string({ unit: 'binary-ascii' }), (letter, words) => {
        const attributes = Object.values(deadLetterAttributes({ ...letter, words }));
        expect(attributes.length).toBeLessThanOrEqual(10);
        for (const { StringValue } of attributes) {
          expect(StringValue).not.toBe('');
          expect(characterRefusedBySqs(StringValue)).toBeUndefined();
        }
      }),
    );
  });

  it('without attributes was moved by SQS: its receives were used up', () => {
    expect(readDeadLetter({}, fallback)).toEqual({ reason: 'exhausted', ...fallback });
  });
});
