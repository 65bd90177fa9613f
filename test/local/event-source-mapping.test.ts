import { describe, expect, it } from 'vitest';
import { settledOf } from '../../local/event-source-mapping.ts';

describe('the messages that a mapping deletes', () => {
  const messages = ['a', 'b', 'c'].map((MessageId) => ({ MessageId }));

  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html says when a batch is a success.
  it.each<[answer: unknown, settled: string]>([
    [{ batchItemFailures: [] }, 'abc'],
    [{ batchItemFailures: null }, 'abc'],
    [{}, 'abc'],
    [null, 'abc'],
    [undefined, 'abc'],
    [{ batchItemFailures: [{ itemIdentifier: 'b' }] }, 'ac'],
    [{ batchItemFailures: [{ itemIdentifier: 'a' }, { itemIdentifier: 'b' }, { itemIdentifier: 'c' }] }, ''],
    [{ batchItemFailures: [{ itemIdentifier: 'd' }] }, ''],
    [{ batchItemFailures: [{ itemIdentifier: '' }] }, ''],
    [{ batchItemFailures: [{ itemIdentifier: null }] }, ''],
    [{ batchItemFailures: [{ id: 'a' }] }, ''],
    ['text', ''],
  ])('after the answer %j are "%s"', (answer, settled) => {
    const ids = settledOf(messages, ({ MessageId }) => MessageId, answer).map(({ MessageId }) => MessageId);
    expect(ids.join('')).toBe(settled);
  });
});
