import { describe, expect, it } from 'vitest';
import { deadLetterReasons, type DeadLetterReason } from '../../shared/push/dead-letter.ts';
import { check, faultsOf } from './checker.ts';
import { createHistory, kinds, type History } from './history.ts';

const policy = { backoffBaseSeconds: 2, backoffCapSeconds: 900, lifetimeSeconds: 86_400, maxReceiveCount: 900 };
const outage = { outageFailures: 20, suspectFinalAnswers: 10 };
const day = 86_400_000;

/** A history of one push, number 0, as message 0, that invocation 0 receives after a second. */
function story() {
  let now = 0;
  const history = createHistory(() => now);
  const { record } = history;
  const at = (ms: number) => {
    now = ms;
    return steps;
  };
  const steps = {
    history,
    at,
    sent: (push = 0, content = push, ttlSeconds = -1) => (record(kinds.sent, push, content, 0, ttlSeconds), steps),
    accepted: (push = 0) => (record(kinds.accepted, push), steps),
    stored: (message = 0, push = 0) => (record(kinds.stored, message, push), steps),
    received: (invocation = 0, count = 1) => (record(kinds.received, 0, invocation, count), steps),
    started: (invocation = 0, process = 0) => (record(kinds.started, invocation, process), steps),
    duplicated: () => (record(kinds.duplicated, 0), steps),
    attempted: (invocation = 0, taken = 1) => (record(kinds.attempted, 0, invocation, taken), steps),
    answered: (status: number, invocation = 0, retryAfter = -1) => (
      record(kinds.answered, 0, invocation, status, retryAfter),
      steps
    ),
    delayed: (seconds: number, invocation = 0) => (record(kinds.delayed, 0, invocation, seconds), steps),
    told: (reason: DeadLetterReason, invocation = 0) => (
      record(kinds.told, 0, invocation, deadLetterReasons.indexOf(reason)),
      steps
    ),
    deadLettered: (reason: DeadLetterReason, invocation = 0) => (
      record(kinds.deadLettered, 0, invocation, deadLetterReasons.indexOf(reason)),
      steps
    ),
    deleted: (invocation = 0) => (record(kinds.deleted, 0, invocation), steps),
    retentionEnded: () => (record(kinds.retentionEnded, 0), steps),
    moved: () => (record(kinds.moved, 0), steps),
  };
  return steps;
}

const received = () => story().sent().stored().accepted().at(1000).received();
const accountOf = ({ history }: { readonly history: History }) =>
  check({ history, policy, outage, areServicesSound: false, areCallsDefinite: false, isTableSound: false, skewMs: 0 });
const faults = (steps: { readonly history: History }) => faultsOf(accountOf(steps));

describe('the account', () => {
  it('has a push that was delivered', () => {
    const account = accountOf(received().attempted().answered(200).deleted());
    expect(account).toMatchObject({ sent: 1, accepted: 1, delivered: 1, lost: 0, waiting: 0, duplicated: 0 });
    expect(account.delaySeconds.max).toBe(1);
    expect(faultsOf(account)).toEqual([]);
  });

  it('has a push that still waits', () => {
    expect(accountOf(received())).toMatchObject({ waiting: 1, lost: 0 });
  });

  it('has a push that was given up, with its reason', () => {
    const account = accountOf(
      received().attempted(0, 0).answered(404).told('unregistered').deadLettered('unregistered').deleted(),
    );
    expect(account).toMatchObject({ delivered: 0, givenUp: { unregistered: 1 } });
    expect(faultsOf(account)).toEqual([]);
  });

  it('has a push that was accepted and never stored as lost', () => {
    expect(faults(story().sent().accepted())).toEqual([
      '1 time: an accepted push is lost.',
      '1 time: a client gets a 202 before SQS has the push.',
    ]);
  });

  it('has a push that was deleted without an end as lost', () => {
    expect(faults(received().attempted(0, 0).answered(500).deleted())).toEqual([
      '1 time: an accepted push is lost.',
      '1 time: a message is deleted, but neither delivered nor given up.',
    ]);
  });

  it('does not miss a push while another message of it waits', () => {
    const account = accountOf(received().stored(1).attempted(0, 0).answered(500).deleted());
    expect(account).toMatchObject({ lost: 0, waiting: 1 });
  });

  it('counts a second taking as a duplicate, but not that of another push with the same content', () => {
    const twice = () => received().attempted().answered(200).attempted().answered(200);
    expect(accountOf(twice())).toMatchObject({ duplicated: 1 });
    expect(accountOf(twice().sent(1, 0))).toMatchObject({ duplicated: 0 });
  });

  it('counts a push that was delivered although its client got no 202 as recovered', () => {
    const account = accountOf(story().sent().stored().at(1000).received().attempted().answered(200).deleted());
    expect(account).toMatchObject({ accepted: 0, recovered: 1, lost: 0 });
  });

  it('counts a push that the gateway confirmed and did not take as deceived', () => {
    expect(accountOf(received().attempted(0, 0).answered(200).deleted())).toMatchObject({ delivered: 1, deceived: 1 });
  });

  it('has what the retention of the queue deleted', () => {
    expect(
      accountOf(
        received()
          .at(4 * day)
          .retentionEnded(),
      ),
    ).toMatchObject({ retentionEnded: 1, lost: 0 });
  });
});

describe('the rules', () => {
  it.each<[reason: DeadLetterReason, status: number]>([
    ['unregistered', 400],
    ['rejected', 404],
    ['unregistered', 500],
    ['rejected', 429],
    ['expired', 500],
    ['exhausted', 500],
    ['malformed', 200],
  ])('find that a push is given up as %s after the status %i', (reason, status) => {
    const steps = received().attempted(0, 0).answered(status).told(reason).deadLettered(reason);
    expect(faults(steps)).toEqual(['1 time: a push is given up for a wrong reason.']);
  });

  it('find no fault with a push that expires at the end of its lifetime, or of its time to live', () => {
    const old = received().at(day).told('expired').deadLettered('expired').deleted();
    expect(faults(old)).toEqual([]);
    const brief = story().sent(0, 0, 60).stored().accepted().at(60_000).received();
    expect(faults(brief.told('expired').deadLettered('expired').deleted())).toEqual([]);
  });

  it('find no fault with two invocations that give up one message', () => {
    const steps = received().attempted(0, 0).answered(404).duplicated().received(1, 2).attempted(1, 0).answered(404, 1);
    const told = steps.told('unregistered', 1).deadLettered('unregistered', 1).told('unregistered');
    expect(faults(told.deadLettered('unregistered').deleted(1).deleted(0))).toEqual([]);
  });

  it('find a dead letter without its event', () => {
    const steps = received().attempted(0, 0).answered(404).deadLettered('unregistered').deleted();
    expect(faults(steps)).toEqual(['1 time: a dead letter comes without its event.']);
  });

  it('find a message that is given up after it was delivered', () => {
    const steps = received().attempted().answered(200).deleted().received(1, 2).attempted(1, 0).answered(404, 1);
    expect(faults(steps.told('unregistered', 1).deadLettered('unregistered', 1))).toContain(
      '1 time: a delivered message is given up.',
    );
  });

  it.each<[what: string, count: number, seconds: number, status: number, retryAfter: number]>([
    ['comes before its time', 1, 1, 500, -1],
    ['comes before its time', 5, 10, 500, -1],
    ['comes before its time', 20, 809, 500, -1],
    ['comes before its time', 1, 59, 429, 60],
    ['comes after its time', 1, 6, 500, -1],
    ['comes after its time', 20, 902, 500, -1],
  ])('find that a retry %s: after receive %i, in %i s', (what, count, seconds, status, retryAfter) => {
    const steps = story().sent().stored().accepted().at(1000).received(0, count).attempted(0, 0);
    expect(faults(steps.answered(status, 0, retryAfter).delayed(seconds))).toEqual([`1 time: a retry ${what}.`]);
  });

  it.each([
    [1, 3],
    [5, 11],
    [20, 810],
    [20, 900],
  ])('accept a retry after receive %i in %i s', (count, seconds) => {
    const steps = story().sent().stored().accepted().at(1000).received(0, count).attempted(0, 0);
    expect(faults(steps.answered(500).delayed(seconds))).toEqual([]);
  });

  it('accept a retry after either of two answers, where a batch had two pushes with the same content', () => {
    const steps = story().sent().sent(1, 0).stored().accepted().at(1000).received().attempted().attempted(0, 0);
    expect(faults(steps.answered(429, 0, 30).answered(200).delayed(33))).toEqual([]);
  });

  it('find retries without jitter', () => {
    const steps = story().sent().stored().accepted().received(0, 20).answered(500);
    for (let delays = 0; delays < 1000; delays += 1) steps.delayed(850);
    expect(faults(steps)).toEqual(['1 time: retries come without jitter.']);
  });

  it('find a second attempt after the lifetime, but not after a receive that came to no end', () => {
    const late = () =>
      received()
        .delayed(2)
        .at(day + 1000)
        .received(1, 2)
        .attempted(1, 0)
        .answered(500, 1);
    expect(faults(late())).toEqual([]);
    const again = (steps: ReturnType<typeof late>) =>
      steps
        .at(day + 6000)
        .received(2, 3)
        .attempted(2, 0);
    expect(faults(again(late()))).toEqual([]);
    expect(faults(again(late().delayed(4, 1)))).toEqual(['1 time: more than one attempt after the lifetime.']);
  });

  it('find a message that is received more often than its delays allow', () => {
    const steps = story().sent().stored().accepted();
    const retry = (times: number) => {
      for (let count = 1; count <= times; count += 1) steps.received(count, 20).delayed(810, count);
      return faults(steps).filter((fault) => fault.includes('more often'));
    };
    expect(retry(120)).toEqual([]);
    expect(retry(20)).toEqual(['1 time: a message is received more often than its delays allow.']);
  });

  it('find an attempt after the time to live', () => {
    const steps = story().sent(0, 0, 60).stored().accepted().at(61_000).received().attempted();
    expect(faults(steps)).toEqual(['1 time: an attempt after the time to live.']);
  });

  it('find a push with the time to live 0 that is given up without its attempt', () => {
    const once = () => story().sent(0, 0, 0).stored().accepted().at(5000).received();
    const givenUp = (steps: ReturnType<typeof once>) => faults(steps.told('expired').deadLettered('expired').deleted());
    expect(givenUp(once().attempted(0, 0).answered(500))).toEqual([]);
    // The gateway has asked for fewer pushes.
    expect(givenUp(once().started().answered(429, 0, 30))).toEqual([]);
    expect(givenUp(once().started())).toEqual([
      '1 time: a push with the time to live 0 is given up without its attempt.',
    ]);
  });

  it('find a message that SQS moves, or hands out although it is hidden', () => {
    expect(faults(received().moved())).toContain('1 time: SQS moves a message that was received too often.');
    const hidden = () => received().delayed(3);
    expect(faults(hidden().at(2000).received(1, 2))).toEqual(['1 time: SQS hands out a hidden message.']);
    expect(faults(hidden().duplicated().at(2000).received(1, 2))).toEqual([]);
  });

  it('find what must not happen, whatever fails', () => {
    const steps = received();
    steps.history.record(kinds.mishap, 1);
    const account = accountOf(steps);
    expect(account.unexpected).toBe(1);
    expect(faultsOf(account)).toEqual(['1 time: the gateway got a push that differs from what was sent.']);
  });
});
