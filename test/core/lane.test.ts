import { describe, expect, it } from 'vitest';
import { laneOf } from '../../shared/core/lane.ts';

const lanes = [
  { name: 'sweeps', queueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/relay-sweeps' },
  { name: 'pushes', queueUrl: 'http://127.0.0.1:4566/000000000000/relay-pushes' },
];

describe('the lane of a record', () => {
  it('is found by the name of the queue', () => {
    expect(laneOf('arn:aws:sqs:us-east-1:123456789012:relay-pushes', lanes).name).toBe('pushes');
    expect(laneOf('arn:aws:sqs:us-east-1:123456789012:relay-sweeps', lanes).name).toBe('sweeps');
  });

  it('is none for another queue', () => {
    expect(() => laneOf('arn:aws:sqs:us-east-1:123456789012:pushes', lanes)).toThrow('pushes is no lane');
  });
});
