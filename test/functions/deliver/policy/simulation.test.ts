import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../../functions/deliver/policy/outcome.ts';
import { seededRandom } from '../../../support/random.ts';
import { defaults, rowsOf } from './documented.ts';
import { simulateOutage, type Fate } from './simulation.ts';

const { policy } = defaults;

const noAnswer: Outcome = { kind: 'transient', failure: 'connect ECONNREFUSED' };
const retryInASecond: Outcome = { kind: 'throttled', status: 503, words: '', retryAfterMs: 1000 };

const minute = 60;
const hour = 60 * minute;
const outages: [name: string, seconds: number, failure: Outcome][] = [
  ['1 minute', minute, noAnswer],
  ['15 minutes', 15 * minute, noAnswer],
  ['1 hour', hour, noAnswer],
  ['6 hours', 6 * hour, noAnswer],
  ['24 hours', 24 * hour, noAnswer],
  ['24 hours, `Retry-After: 1`', 24 * hour, retryInASecond],
  ['36 hours', 36 * hour, noAnswer],
];

const pushes = 2000;
const fatesOf = (seconds: number, failure: Outcome): Fate[] => {
  const random = seededRandom(seconds);
  return Array.from({ length: pushes }, () => simulateOutage(seconds, failure, policy, random));
};

/** A row of the table in docs/delivery.md. */
function row([name, seconds, failure]: (typeof outages)[number]): string {
  const fates = fatesOf(seconds, failure);
  const most = Math.max(...fates.map(({ attempts }) => attempts));
  const mean = fates.reduce((sum, { attempts }) => sum + attempts, 0) / pushes;
  const delivered = fates.filter(({ end }) => end === 'delivered');
  const waits = delivered.map(({ endedAtSeconds }) => endedAtSeconds - seconds).sort((a, b) => a - b);
  const wait = (share: number) => (waits.length === 0 ? '–' : time(waits[Math.ceil(share * waits.length) - 1] ?? 0));
  const cells = [
    name,
    `${String((delivered.length / pushes) * 100)} %`,
    mean.toFixed(1),
    String(most),
    wait(0.5),
    wait(1),
  ];
  return cells.join(' | ');
}

function time(seconds: number): string {
  return seconds < 120 ? `${String(seconds)} s` : `${(seconds / minute).toFixed(1)} min`;
}

describe('a simulated outage of the gateway', () => {
  it('of a day loses nothing and costs about a hundred attempts per push', () => {
    for (const failure of [noAnswer, retryInASecond]) {
      for (const { end, attempts } of fatesOf(24 * hour, failure)) {
        expect(end).toBe('delivered');
        expect(attempts).toBeLessThanOrEqual(115);
      }
    }
  });

  it('of more than a day ends with a dead letter, at the first retry that is due after the lifetime', () => {
    for (const { end, attempts, endedAtSeconds } of fatesOf(36 * hour, noAnswer)) {
      expect(end).toBe('dead-letter');
      expect(endedAtSeconds).toBeGreaterThanOrEqual(policy.lifetimeSeconds);
      expect(endedAtSeconds).toBeLessThanOrEqual(policy.lifetimeSeconds + policy.backoffCapSeconds);
      expect(attempts).toBeLessThanOrEqual(115);
    }
  });

  it('ends for a push with its time to live, after a last attempt within two seconds of that end', () => {
    const random = seededRandom(1);
    for (const timeToLiveSeconds of [1, 2, 3, 30, 600, hour, 23 * hour, 24 * hour]) {
      for (const failure of [noAnswer, retryInASecond]) {
        const fate = simulateOutage(72 * hour, failure, policy, random, timeToLiveSeconds);
        expect(fate.end).toBe('dead-letter');
        expect(fate.endedAtSeconds).toBeLessThanOrEqual(timeToLiveSeconds);
        expect(fate.endedAtSeconds).toBeGreaterThanOrEqual(timeToLiveSeconds - 2);
      }
    }
  });

  it('has the results that docs/delivery.md shows', async () => {
    expect(await rowsOf('docs/delivery.md')).toEqual(expect.arrayContaining(outages.map(row)));
  });
});
