import { describe, expect, it } from 'vitest';
import { createOutage } from '../../../../functions/deliver/policy/outage.ts';
import type { Outcome } from '../../../../functions/deliver/policy/outcome.ts';

const delivered: Outcome = { kind: 'delivered', status: 200 };
const rejected: Outcome = { kind: 'rejected', status: 400, words: '' };
const transient: Outcome = { kind: 'transient', words: '' };
const throttled: Outcome = { kind: 'throttled', status: 503, words: '' };

function suspectedAfter(outcomes: Outcome[]): boolean {
  const outage = createOutage(3);
  for (const outcome of outcomes) outage.record(outcome);
  return outage.isSuspected();
}

describe('an outage', () => {
  it.each([
    ['nothing', [], false],
    ['two failures', [transient, throttled], false],
    ['three failures', [transient, throttled, transient], true],
    ['three failures with a success between them', [transient, delivered, transient, transient], false],
    ['refusals', [rejected, rejected, rejected, rejected], false],
    ['three failures and a success', [transient, transient, transient, delivered], false],
    ['three failures and a refusal', [transient, transient, transient, rejected], false],
  ])('after %s: %j is suspected: %j', (_what, outcomes, expected) => {
    expect(suspectedAfter(outcomes)).toBe(expected);
  });
});
