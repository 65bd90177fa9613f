import { describe, expect, it } from 'vitest';
import { queueOf } from '../../../functions/deliver/record.ts';

const queues = [
  { name: 'sweeps', queueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/relay-sweeps' },
  { name: 'pushes', queueUrl: 'http://127.0.0.1:4566/000000000000/relay-pushes' },
];

describe('the queue of a record', () => {
  it('is found by its name in ARN and URL', () => {
    expect(queueOf('arn:aws:sqs:us-east-1:123456789012:relay-pushes', queues).name).toBe('pushes');
    expect(queueOf('arn:aws:sqs:us-east-1:123456789012:relay-sweeps', queues).name).toBe('sweeps');
  });

  it('does not exist for the queue of another deployment', () => {
    expect(() => queueOf('arn:aws:sqs:us-east-1:123456789012:pushes', queues)).toThrow(
      'pushes is not a queue of this deployment',
    );
  });
});
