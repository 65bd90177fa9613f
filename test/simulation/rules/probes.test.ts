import { expect, it } from 'vitest';
import { check } from '../checker.ts';
import { createHistory, kinds } from '../history.ts';

const policy = { backoffBaseSeconds: 2, backoffCapSeconds: 900, lifetimeSeconds: 86_400, maxReceiveCount: 900 };
const outage = { outageFailures: 2, suspectFinalAnswers: 10 };
const fault = 'another push of a batch is to be tried in an outage';

interface Waiting {
  readonly app: number;
  readonly receives: number;
}

/** Whether the first attempt of a batch in an outage, in which a push of app 0 has failed, may be that of a push. */
function mayProbe(attempted: number, batch: readonly Waiting[], failures = 2): boolean {
  const history = createHistory(() => 0);
  const { record } = history;
  const failed = batch.length;
  for (const [push, { app }] of [...batch, { app: 0 }].entries()) {
    record(kinds.sent, push, push, app, -1);
    record(kinds.stored, push, push);
  }
  record(kinds.received, failed, 0, 1);
  record(kinds.started, 0, 0);
  for (let failure = 0; failure < failures; failure += 1) {
    record(kinds.attempted, failed, 0, 0);
    record(kinds.answered, failed, 0, 500, -1);
  }
  record(kinds.ended, 0, 1);
  for (const [message, { receives }] of batch.entries()) record(kinds.received, message, 1, receives);
  record(kinds.started, 1, 0);
  record(kinds.attempted, attempted, 1, 0);
  const account = check({
    history,
    policy,
    outage,
    areServicesSound: false,
    areCallsDefinite: false,
    isTableSound: false,
    skewMs: 0,
  });
  return !(fault in account.violations);
}

it('wants the push with the fewest receives to be tried in an outage', () => {
  const batch = [5, 3, 3, 4].map((receives) => ({ app: 1, receives }));
  expect([0, 1, 2, 3].map((push) => mayProbe(push, batch))).toEqual([false, true, true, false]);
});

it('wants a push of an app that has not failed to be tried first', () => {
  const batch = [
    { app: 0, receives: 1 },
    { app: 1, receives: 9 },
  ];
  expect([0, 1].map((push) => mayProbe(push, batch))).toEqual([false, true]);
});

it('does not care for the order of attempts without an outage', () => {
  const batch = [5, 3].map((receives) => ({ app: 0, receives }));
  expect(mayProbe(0, batch, 1)).toBe(true);
});
