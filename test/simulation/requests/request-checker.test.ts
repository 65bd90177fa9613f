import { describe, expect, it } from 'vitest';
import { check } from '../checker.ts';
import { createHistory, kinds } from '../history.ts';
import { keyStates } from './recorder.ts';

const policy = { backoffBaseSeconds: 2, backoffCapSeconds: 900, lifetimeSeconds: 86_400, maxReceiveCount: 900 };
const outage = { outageFailures: 20, suspectFinalAnswers: 10 };

interface Ending {
  readonly isRepeated?: boolean;
  readonly retryAfter?: number;
  /** The messages of each place. */
  readonly names?: readonly (readonly number[])[];
  readonly codes?: readonly number[];
}

/** A history of requests. Request 0 asks for push 0, and its key is number 0. */
function story() {
  let now = 0;
  const history = createHistory(() => now);
  const { record } = history;
  const steps = {
    history,
    at: (ms: number) => ((now = ms), steps),
    asked: (push = 0, request = 0, device = -1, place = 0) => (
      record(kinds.asked, push, request, device, place),
      steps
    ),
    called: (call = 0, request = 0, key = 0) => (record(kinds.called, call, request, key), steps),
    takes: (call = 0) => (record(kinds.keyWritten, call, keyStates.underWay), steps),
    keeps: (call = 0) => (record(kinds.keyWritten, call, keyStates.answered), steps),
    releases: (call = 0) => (record(kinds.keyWritten, call, keyStates.deleted), steps),
    queued: (message = 0, call = 0, push = 0) => (record(kinds.queued, message, call, push), steps),
    ended(call: number, status: number, { isRepeated = false, retryAfter = -1, names = [], codes }: Ending = {}) {
      for (const [place, messages] of names.entries()) {
        for (const message of messages) record(kinds.named, call, message, place);
      }
      for (const [place, code] of (codes ?? [status === 202 ? 200 : status]).entries()) {
        record(kinds.itemEnded, call, place, code);
      }
      record(kinds.callEnded, call, status, isRepeated ? 1 : 0, retryAfter);
      return steps;
    },
    deviceAdded: (device = 0) => (record(kinds.deviceAdded, device), steps),
    deviceRemoved: (device = 0) => (record(kinds.deviceRemoved, device), steps),
  };
  return steps;
}
type Steps = ReturnType<typeof story>;

/** A request that was accepted, and whose answer is kept. */
const accepted = () =>
  story()
    .asked()
    .called()
    .takes()
    .queued()
    .keeps()
    .ended(0, 202, { names: [[0]] });
/** A call that holds its key. */
const underWay = () => story().asked().called().takes();

const accountOf = ({ history }: Steps, isSound: boolean) =>
  check({
    ...{
      history,
      policy,
      outage,
      skewMs: 0,
      areServicesSound: isSound,
      areCallsDefinite: isSound,
      isTableSound: isSound,
    },
    requests: { deviceOfPush: (push) => push },
  });
const violationsOf = (steps: Steps, isSound = true) => Object.keys(accountOf(steps, isSound).violations);

describe('the rules of requests', () => {
  it.each<[what: string, steps: Steps]>([
    [
      'a request whose answer is given again',
      accepted()
        .called(1)
        .ended(1, 202, { isRepeated: true, names: [[0]] }),
    ],
    ['a 409 while another call is under way', underWay().called(1).ended(1, 409, { retryAfter: 10 })],
    ['a 422 for another request', accepted().called(1, 1).ended(1, 422)],
    ['a key that is taken after the time of its call', underWay().at(10_001).called(1).takes(1)],
    ['a key that is taken after it was released', underWay().releases().called(1).takes(1)],
    ['an account without devices', story().asked(0, 0, 0).called(0, 0, -1).ended(0, 404)],
    [
      'a device that comes while the call is under way',
      story().asked(0, 0, 0).called(0, 0, -1).at(5).deviceAdded().ended(0, 202),
    ],
  ])('allow %s', (_what, steps) => {
    expect(violationsOf(steps)).toEqual([]);
  });

  it.each<[what: string, steps: Steps]>([
    ['a key is taken from a call that may be under way', underWay().at(9000).called(1).takes(1)],
    ['a kept answer is replaced', accepted().at(80_000_000).called(1).takes(1)],
    ['a 409 has a wrong Retry-After', underWay().called(1).ended(1, 409, { retryAfter: 11 })],
    ['a 409 although no other call is under way', accepted().at(1).called(1).ended(1, 409, { retryAfter: 10 })],
    [
      'a key counts as under way after the time limit of its call',
      underWay().at(20_000).called(1).ended(1, 409, { retryAfter: 10 }),
    ],
    ['a request without a key has a record', story().asked().called(0, 0, -1).takes()],
    ['a request without a key is said to have one', story().asked().called(0, 0, -1).ended(0, 422)],
    ['a call ends the record of another one', underWay().at(10_001).called(1).takes(1).releases(0)],
    ['a call ends the record of another one', underWay().at(10_001).called(1).takes(1).releases(1).keeps(0)],
    [
      'a call is accepted that has released its key',
      underWay()
        .queued()
        .releases()
        .ended(0, 202, { names: [[0]] }),
    ],
    ['a key is said to be used by another request', accepted().called(1).ended(1, 422)],
    ['a push is queued by a call that does not hold its key', story().asked().called().queued()],
    ['a push is queued for a device that is not registered', story().asked(0, 0, 0).called(0, 0, -1).queued()],
    [
      'a push is queued for a device that is not registered',
      story().deviceAdded().at(1).deviceRemoved().at(2).asked(0, 0, 0).called(0, 0, -1).queued(),
    ],
    [
      'an answer names a push twice',
      underWay()
        .queued()
        .queued(1)
        .keeps()
        .ended(0, 202, { names: [[0, 1]] }),
    ],
    ['a push that needs no table is refused', story().asked().called(0, 0, -1).ended(0, 503)],
    ['an answer does not name its push', underWay().queued().keeps().ended(0, 202)],
    ['a push to an account misses a device', story().deviceAdded().asked(0, 0, 0).called(0, 0, -1).ended(0, 202)],
    [
      'an account with a device is said to have none',
      story().deviceAdded().asked(0, 0, 0).called(0, 0, -1).ended(0, 404),
    ],
    ['a refusal is given again', underWay().keeps().ended(0, 503).called(1).ended(1, 503, { isRepeated: true })],
    [
      'an answer names a push that is not on the queue',
      underWay()
        .keeps()
        .ended(0, 202, { names: [[7]] }),
    ],
    [
      'an answer names a push of another request',
      accepted()
        .asked(1, 1)
        .called(1, 1, 1)
        .takes(1)
        .ended(1, 202, { names: [[0]], codes: [] }),
    ],
    [
      'an answer names what another call has queued',
      underWay()
        .queued()
        .ended(0, 0)
        .at(10_001)
        .called(1)
        .takes(1)
        .queued(1, 1)
        .keeps(1)
        .ended(1, 202, { names: [[0]] }),
    ],
    ['a repeated answer differs from the first', accepted().called(1).ended(1, 202, { isRepeated: true })],
  ])('find that %s', (what, steps) => {
    expect(violationsOf(steps)).toContain(what);
  });
});

describe('a push that is queued twice', () => {
  const again = (steps: Steps) => steps.at(10_001).called(1).takes(1).queued(1, 1);
  const twice = 'a key queues a push twice';
  const withoutKey = () =>
    story()
      .asked()
      .called(0, 0, -1)
      .queued()
      .ended(0, 202, { names: [[0]] });

  it.each<[why: string, steps: Steps]>([
    ['refused', again(underWay().queued().ended(0, 503))],
    ['refused', again(underWay().queued().releases())],
    ['refused', accepted().called(1).ended(1, 503).queued(1, 1)],
    ['unanswered', again(underWay().queued().ended(0, 0))],
    [
      'notKept',
      again(
        underWay()
          .queued()
          .ended(0, 202, { names: [[0]] }),
      ),
    ],
    ['sameCall', underWay().queued().queued(1)],
    ['withoutKey', withoutKey().called(1, 0, -1).queued(1, 1)],
  ])('is excused, and counted: %s', (why, steps) => {
    expect(violationsOf(steps, false)).not.toContain(twice);
    expect(accountOf(steps, false).requests?.queuedAgain).toMatchObject({ [why]: 1 });
  });

  it.each<[what: string, steps: Steps]>([
    ['a call whose answer is kept', again(accepted())],
    ['a call whose kept answer does not name it', again(underWay().queued().keeps().ended(0, 202))],
    ['a call that died after its answer was kept', again(underWay().queued().keeps().ended(0, 0))],
    ['a call that is still under way', again(underWay().queued())],
  ])('is wrong after %s', (_what, steps) => {
    expect(violationsOf(steps, false)).toContain(twice);
  });

  it.each<[what: string, steps: Steps]>([
    [
      'an answer that was not kept',
      again(
        underWay()
          .queued()
          .ended(0, 202, { names: [[0]] }),
      ),
    ],
    ['the same call', underWay().queued().queued(1)],
  ])('is wrong after %s if the services work', (_what, steps) => {
    expect(violationsOf(steps)).toContain(twice);
  });
});
