import { beforeAll, describe, expect, it } from 'vitest';
import { buildContenders } from '../../bench/build.ts';
import type { PartResult } from '../../bench/part.ts';
import { parts } from '../../bench/parts.ts';
import { pricePerMillion, totalOf, type Usage } from '../../bench/price.ts';

describe('the bench', () => {
  beforeAll(buildContenders);

  // One after another, as the command does, for some parts take what others have measured. What it measures here is of
  // no worth: only that it runs, to its end, and leaves nothing behind.
  it('runs each of its parts', async () => {
    const measured = new Map<string, PartResult>();
    for (const part of parts) {
      const result = await part.run({ effort: 0.01, measured, environment: process.env });
      measured.set(part.name, result);
      expect(result.figures.length, part.name).toBeGreaterThan(0);
      for (const { contender, measure, median } of result.figures) {
        expect(Number.isFinite(median), `${part.name}: ${contender}, ${measure}`).toBe(true);
      }
      for (const { goal, value } of result.goals) expect(Number.isFinite(value), `${part.name}: ${goal}`).toBe(true);
    }
  }, 300_000);
});

describe('a price', () => {
  const usage: Usage = {
    source: 'accept',
    acceptCpuMs: 0,
    sqsWaitMs: 10,
    acceptMemoryMb: 1024,
    sweepCpuMs: 0,
    sweepMemoryMb: 512,
    deliverCpuMs: 0,
    gatewayWaitMs: 100,
    deliverMemoryMb: 1024,
    concurrency: 10,
    batchRecords: 10,
    messageBytes: 1000,
    acceptLogBytes: 0,
    deliverLogBytesPerBatch: 0,
    answerBytes: 0,
    attemptBytes: 0,
  };

  it('has a request of the API, two of a function and three kinds of SQS in it', () => {
    const terms = pricePerMillion(usage);
    const expected = {
      'HTTP API': 1,
      'accept: requests': 0.2,
      'accept: GB-seconds': 0.01 * 13.3334,
      'SQS: send': 0.4,
      'SQS: fair queueing': 0.1,
      'SQS: receive': 0.04,
      'SQS: delete': 0.04,
      'deliver: requests': 0.02,
      'deliver: GB-seconds': 0.01 * 13.3334,
    };
    for (const [term, dollars] of Object.entries(expected)) expect(terms[term], term).toBeCloseTo(dollars, 9);
  });

  it('counts a message of more than 64 KiB as several requests', () => {
    expect(pricePerMillion({ ...usage, messageBytes: 65_537 })['SQS: send']).toBeCloseTo(0.8);
  });

  it('of a sweep has no cost of the intake', () => {
    const terms = pricePerMillion({ ...usage, source: 'sweep', batchRecords: 1000, concurrency: 1000 });
    expect(terms).toMatchObject({ 'HTTP API': 0, 'accept: requests': 0, 'SQS: fair queueing': 0 });
    expect(totalOf(terms)).toBeLessThan(0.25);
  });
});
