import { describe, expect, it } from 'vitest';
import type { ShownAttempt, ShownPush } from '../../../local/sandbox/api.ts';
import type { Change } from '../../../local/sandbox/pushes.ts';
import { createRates } from '../../../local/sandbox/rates.ts';

const attemptAt = (ms: number): ShownAttempt => ({
  ...{ startedAt: new Date(ms).toISOString(), messageId: 'm', receiveCount: 1 },
});
const push = (plan: string, attempts: readonly ShownAttempt[]): ShownPush => ({
  ...{ id: 'm', revision: 1, source: 'sweeps', acceptedAt: '', device: '', parameters: [], state: 'waiting' },
  ...{ attempts, olderAttempts: 0, untried: 0, sweep: { plan, run: 'run' } },
});

function startCounting() {
  let seconds = 100;
  const nowMs = () => seconds * 1000 + 500;
  const rates = createRates(nowMs);
  return {
    of: (plan: string) => rates.of(plan, 'run'),
    count: (change: Change, plan = 'plan', attempts = [attemptAt(nowMs())]) => {
      rates.count(push(plan, attempts), change);
    },
    pass: (passed: number) => {
      seconds += passed;
    },
  };
}

describe('the rate of a run', () => {
  it('has the attempts and deliveries of each second since the first attempt', () => {
    const { of, count, pass } = startCounting();
    expect(of('plan')).toBeUndefined();
    for (const change of ['accepted', 'attempt', 'attempted', 'attempted', 'delivered'] as Change[]) count(change);
    pass(2);
    for (const change of ['attempted', 'retrying', 'given-up'] as Change[]) count(change);
    expect(of('plan')).toEqual({
      rate: { from: '1970-01-01T00:01:40.000Z', spanSeconds: 1, attempted: [2, 0, 1], delivered: [1, 0, 0] },
      totals: { delivered: 1, givenUp: 1 },
    });
  });

  it('counts a delivery when its attempt began', () => {
    const { of, count, pass } = startCounting();
    count('attempted');
    pass(1);
    count('delivered', 'plan', [attemptAt(100_500)]);
    expect(of('plan')?.rate).toMatchObject({ attempted: [1], delivered: [1] });
  });

  it('counts an attempt with each delivery of a gateway that the sandbox does not see', () => {
    const { of, count } = startCounting();
    count('delivered', 'plan', []);
    expect(of('plan')?.rate).toMatchObject({ attempted: [1], delivered: [1] });
  });

  it('has longer spans in a longer run, and loses no push', () => {
    const { of, count, pass } = startCounting();
    for (let second = 0; second < 1000; second += 1) {
      count('attempted');
      pass(1);
    }
    const { attempted = [], spanSeconds } = of('plan')?.rate ?? {};
    expect(spanSeconds).toBe(8);
    expect(attempted).toEqual(Array.from({ length: 125 }, () => 8));
  });

  it('is kept for the newest runs alone', () => {
    const { of, count } = startCounting();
    for (let plan = 0; plan < 11; plan += 1) count('attempted', `plan${String(plan)}`);
    expect(of('plan0')).toBeUndefined();
    expect(of('plan1')).toBeDefined();
  });
});
