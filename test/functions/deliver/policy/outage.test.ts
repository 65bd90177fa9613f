import { describe, expect, it } from 'vitest';
import { createOutage } from '../../../../functions/deliver/policy/outage.ts';
import type { Outcome } from '../../../../functions/deliver/policy/outcome.ts';

const delivered: Outcome = { kind: 'delivered', status: 200 };
const rejected: Outcome = { kind: 'rejected', status: 400, words: '' };
const unregistered: Outcome = { kind: 'unregistered', status: 404, words: '' };
const transient: Outcome = { kind: 'transient', words: '' };
const throttled: Outcome = { kind: 'throttled', status: 503, words: '' };

function suspectedAfter(outcomes: Outcome[]): boolean {
  const outage = createOutage(3);
  for (const outcome of outcomes) outage.record(outcome);
  return outage.isSuspected();
}

describe('an outage after three failures in a row', () => {
  it.each([
    ['nothing', [], false],
    ['two failures', [transient, throttled], false],
    ['three failures', [transient, throttled, transient], true],
    ['three failures with a success between them', [transient, delivered, transient, transient], false],
    ['refusals', [rejected, rejected, rejected, rejected], false],
    ['three failures and a success', [transient, transient, transient, delivered], false],
    ['three failures and a refusal', [transient, transient, transient, rejected], false],
    ['three failures and an unregistered token', [transient, transient, transient, unregistered], false],
    ['four failures', [transient, transient, transient, throttled], true],
  ])('with %s (%j) is suspected: %s', (_what, outcomes, expected) => {
    expect(suspectedAfter(outcomes)).toBe(expected);
  });
});
