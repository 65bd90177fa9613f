import { describe, expect, it } from 'vitest';
import { settledMessages } from '../../local/event-source-mapping.ts';

const messages = ['a', 'b', 'c'].map((MessageId) => ({ MessageId }));

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html says when a batch is a success. */
describe('what an event source mapping deletes', () => {
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
  ])('after the answer %j is "%s"', (answer, settled) => {
    expect(
      settledMessages(messages, answer)
        .map(({ MessageId }) => MessageId)
        .join(''),
    ).toBe(settled);
  });
});
