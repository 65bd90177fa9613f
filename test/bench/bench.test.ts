import { beforeAll, describe, expect, it } from 'vitest';
import { buildContenders } from '../../bench/build.ts';
import type { PartResult } from '../../bench/part.ts';
import { parts } from '../../bench/parts.ts';
import { outcomesPricePerMillion, pricePerMillion, pricePerMonth, totalOf, type Usage } from '../../bench/price.ts';

describe('the bench', () => {
  beforeAll(buildContenders);

  // One after another, as the command does, because some parts use the figures of others. The figures themselves mean
  // nothing here: the test shows that every part runs to its end.
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

describe('the price of a push', () => {
  const usage: Usage = {
    source: 'accept',
    requestPushes: 1,
    requestBytes: 1000,
    answerBytes: 0,
    acceptCpuMs: 0,
    acceptMemoryMb: 1024,
    acceptLogBytesPerRequest: 0,
    sweepCpuMs: 0,
    deliverCpuMs: 0,
    batchRecords: 10,
    deliverLogBytesPerBatch: 0,
    newInstances: 0,
    acceptInitMs: 200,
    deliverInitMs: 100,
    messageBytes: 1000,
    formBytes: 0,
  };

  it('has terms for the API, two functions and three kinds of SQS requests', () => {
    const terms = pricePerMillion(usage);
    const expected = {
      'HTTP API': 1,
      'accept: requests': 0.2,
      // 6 ms of a gigabyte.
      'accept: GB-seconds': 0.006 * 13.3334,
      'SQS: send': 0.4,
      'SQS: fair queueing': 0.1,
      'SQS: receive': 0.04,
      'SQS: delete': 0.04,
      'deliver: requests': 0.02,
      // 100 ms of half a gigabyte, for ten pushes.
      'deliver: GB-seconds': 0.01 * 0.5 * 13.3334,
    };
    for (const [term, dollars] of Object.entries(expected)) expect(terms[term], term).toBeCloseTo(dollars, 9);
  });

  it('has more requests to SQS if the batch is small', () => {
    const terms = pricePerMillion({ ...usage, batchRecords: 1 });
    for (const term of ['SQS: send', 'SQS: receive', 'SQS: delete']) expect(terms[term], term).toBeCloseTo(0.4, 9);
    expect(terms['deliver: requests']).toBeCloseTo(0.2, 9);
  });

  it('includes INIT, by the share of invocations that start an instance', () => {
    const terms = pricePerMillion({ ...usage, newInstances: 0.5 });
    expect(terms['accept: INIT']).toBeCloseTo(0.5 * 0.2 * 13.3334, 9);
    expect(terms['deliver: INIT']).toBeCloseTo((0.5 * 0.1 * 0.5 * 13.3334) / 10, 9);
  });

  it('counts a message of more than 64 KiB as several requests', () => {
    expect(pricePerMillion({ ...usage, messageBytes: 65_537 })['SQS: send']).toBeCloseTo(0.8);
  });

  it('shares the request of a batch, and sends to SQS in tens', () => {
    const terms = pricePerMillion({ ...usage, requestPushes: 100, requestBytes: 25_000 });
    const expected = {
      'HTTP API': 0.01,
      'accept: requests': 0.002,
      // Ten requests to SQS, eight at once: 12 ms of a gigabyte.
      'accept: GB-seconds': 0.00012 * 13.3334,
      'SQS: send': 0.04,
      'SQS: fair queueing': 0.01,
    };
    for (const [term, dollars] of Object.entries(expected)) expect(terms[term], term).toBeCloseTo(dollars, 9);
  });

  it('counts a batch of more than 512 KiB as several requests to the API', () => {
    const terms = pricePerMillion({ ...usage, requestPushes: 1000, requestBytes: 524_289 });
    expect(terms['HTTP API']).toBeCloseTo(0.002, 9);
  });

  it('counts ten messages of more than 64 KiB together as several requests', () => {
    const terms = pricePerMillion({ ...usage, requestPushes: 100, messageBytes: 6554 });
    for (const term of ['SQS: send', 'SQS: receive']) expect(terms[term], term).toBeCloseTo(0.08, 9);
    expect(terms['SQS: delete']).toBeCloseTo(0.04, 9);
  });

  it('has no cost of the intake if the push comes from a sweep', () => {
    const terms = pricePerMillion({ ...usage, source: 'sweep', batchRecords: 1000 });
    expect(terms).toMatchObject({ 'HTTP API': 0, 'accept: requests': 0, 'SQS: fair queueing': 0 });
    expect(totalOf(terms)).toBeLessThan(0.25);
  });
});

describe('the price of outcomes', () => {
  const ten = { eventBytes: 700, logBytes: 0, published: 10, subscriber: 'queue' } as const;

  it('has a tenth of a publish and of a dead letter for each of ten pushes that are given up together', () => {
    const terms = outcomesPricePerMillion({ ...ten, deadLetterBytes: 600 });
    expect(terms).toMatchObject({ 'SNS: deliver': 0, 'egress to the subscriber': 0 });
    expect(terms['SNS: publish']).toBeCloseTo(0.05, 9);
    expect(terms['SQS: dead letters']).toBeCloseTo(0.04, 9);
  });

  it('counts events of more than 64 KiB together as several requests', () => {
    expect(outcomesPricePerMillion({ ...ten, eventBytes: 6553 })['SNS: publish']).toBeCloseTo(0.05, 9);
    expect(outcomesPricePerMillion({ ...ten, eventBytes: 6554 })['SNS: publish']).toBeCloseTo(0.1, 9);
  });

  it('has no dead letter and no log line for a receipt, and one call less to wait for', () => {
    const receipt = outcomesPricePerMillion({ ...ten, published: 1 });
    const event = outcomesPricePerMillion({ ...ten, published: 1, deadLetterBytes: 600 });
    expect(receipt).toMatchObject({ 'SQS: dead letters': 0, 'log of the last attempt': 0 });
    expect(receipt['SNS: publish']).toBeCloseTo(0.5, 9);
    expect(event['deliver: GB-seconds of both calls']).toBeGreaterThan(
      receipt['deliver: GB-seconds of both calls'] ?? NaN,
    );
  });

  it('has deliveries to HTTPS with their egress', () => {
    const terms = outcomesPricePerMillion({ ...ten, subscriber: 'https' });
    expect(terms['SNS: deliver']).toBeCloseTo(0.6, 9);
    // 700 bytes and the envelope.
    expect(terms['egress to the subscriber']).toBeCloseTo(0.229, 3);
  });
});

describe('the price of a month', () => {
  it('is for three queues 80 cents of polling, and four cents of ticks, if nothing is sent', () => {
    const { polling, ticks } = pricePerMonth();
    expect(polling).toBeCloseTo(0.788, 3);
    expect(ticks).toBeCloseTo(0.04, 2);
  });
});
