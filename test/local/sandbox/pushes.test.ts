import { describe, expect, it } from 'vitest';
import { createPushes, type Change, type ReceivedMessage } from '../../../local/sandbox/pushes.ts';
import { encodeForm } from '../../../shared/push/form.ts';
import { encodeQueuedPush } from '../../../shared/push/queued-push.ts';
import { pushWith } from '../../support/pushes.ts';

const startMs = Date.parse('2026-01-02T03:04:05.000Z');
const at = (seconds: number) => new Date(startMs + seconds * 1000).toISOString();

/** The pushes of a sandbox with a clock, and what was said of them. */
function sandboxPushes(kept = 5000) {
  let nowMs = startMs;
  const changes: [id: string, change: Change][] = [];
  let drops = 0;
  const pushes = createPushes({
    ...{ kept, encode: encodeForm, now: () => nowMs },
    onChange: ({ id }, change) => changes.push([id, change]),
    onFirstDrop() {
      drops += 1;
    },
  });
  const deliver = (messages: readonly ReceivedMessage[]) => pushes.receiving(messages, 'pushes');
  return {
    ...pushes,
    ...{ changes, deliver },
    drops: () => drops,
    pass: (seconds: number) => (nowMs += seconds * 1000),
    all: () => pushes.changedSince(0).pushes,
    /** The gateway gets the push of a message. */
    request: (message: ReceivedMessage, status: number | null = 200) => {
      const answered = pushes.requested({ format: 'form', body: formOf(message), parameters: [] });
      answered(status);
    },
  };
}

const formOf = ({ body }: ReceivedMessage) =>
  encodeForm((JSON.parse(body) as { parameters: [string, string][] }).parameters);

const message = (
  messageId: string,
  parameters: Readonly<Record<string, string>> = { DeviceToken: messageId },
  overrides: Partial<ReceivedMessage> = {},
): ReceivedMessage => ({
  body: encodeQueuedPush({ push: pushWith(parameters), acceptedAt: new Date(startMs) }),
  ...{ messageId, sentAtMs: startMs, receiveCount: 1, ...overrides },
});

const none = () => undefined;
/** What was said of a push, but for the steps of its attempts. */
const lifeOf = (changes: readonly [id: string, change: Change][], push: string) =>
  changes.flatMap(([id, change]) => (id === push && !change.startsWith('attempt') ? [change] : []));
const deadLetter = (reason: string, words: string) => () => (name: string) => ({ reason, words })[name];

describe('the pushes of the sandbox', () => {
  it('follow one from its acceptance over a failed attempt to its delivery', () => {
    const sandbox = sandboxPushes();
    sandbox.queued(message('a'), 'pushes');
    expect(sandbox.all()).toMatchObject([{ id: 'a', state: 'waiting', attempts: [], acceptedAt: at(0) }]);
    sandbox.pass(1);
    const first = sandbox.deliver([message('a')]);
    expect(sandbox.all()).toMatchObject([{ state: 'attempting' }]);
    sandbox.request(message('a'), 500);
    const failure = { kind: 'transient', status: 500, failure: 'the gateway answered 500', ms: 12 };
    sandbox.failed({ id: 'a', receiveCount: 1, ...failure });
    first.ended(() => false, none);
    expect(sandbox.all()).toMatchObject([{ state: 'retrying', untried: 0 }]);
    sandbox.scheduled([{ delayed: [], inFlight: [{ messageId: 'a', visibleAtMs: startMs + 3000 }] }], () => false);
    expect(sandbox.all()).toMatchObject([{ nextAttemptAt: at(3) }]);
    sandbox.pass(2);
    const second = sandbox.deliver([message('a', undefined, { receiveCount: 2 })]);
    sandbox.request(message('a'));
    second.ended(() => true, none);
    const [push] = sandbox.all();
    expect(push).toMatchObject({
      ...{ state: 'delivered', endedAt: at(3) },
      attempts: [
        { startedAt: at(1), receiveCount: 1, status: 500, outcome: 'transient', ms: 12 },
        { startedAt: at(3), receiveCount: 2, status: 200, outcome: 'delivered', ms: 0 },
      ],
    });
    expect(push).not.toHaveProperty('nextAttemptAt');
    expect(sandbox.detail('a')).toMatchObject({ body: formOf(message('a')), format: 'form' });
    expect(sandbox.detail('b')).toBeUndefined();
    expect(lifeOf(sandbox.changes, 'a')).toEqual(['accepted', 'retrying', 'next-attempt', 'delivered']);
  });

  it('end with a message that SQS itself has moved to the dead letters', () => {
    const sandbox = sandboxPushes();
    sandbox.deliver([message('a'), message('b')]).ended(() => false, none);
    sandbox.scheduled([], (messageId) => messageId === 'a');
    expect(sandbox.all()).toMatchObject([
      { id: 'b', state: 'retrying' },
      { id: 'a', state: 'given-up', endedAt: at(0) },
    ]);
    expect(sandbox.detail('a')).toMatchObject({ reason: 'exhausted' });
    sandbox.queued(message('new', undefined, { pushId: 'a' }), 'pushes');
    sandbox.scheduled([], (messageId) => messageId === 'a');
    expect(sandbox.detail('a')).toMatchObject({ state: 'waiting' });
  });

  it('count what is received without an attempt', () => {
    const sandbox = sandboxPushes();
    for (const receiveCount of [1, 2]) {
      sandbox.deliver([message('a', undefined, { receiveCount })]).ended(() => false, none);
    }
    expect(sandbox.all()).toMatchObject([{ state: 'retrying', untried: 2, attempts: [] }]);
  });

  it('say why one was given up, and forget it with a redrive', () => {
    const sandbox = sandboxPushes();
    const batch = sandbox.deliver([message('a')]);
    sandbox.request(message('a'), 410);
    batch.ended(() => true, deadLetter('unregistered', 'the gateway answered 410'));
    expect(sandbox.all()).toMatchObject([
      { state: 'given-up', reason: 'unregistered', words: 'the gateway answered 410', endedAt: at(0) },
    ]);
    sandbox.pass(60);
    const redriven = message('b', { DeviceToken: 'a' }, { pushId: 'a', sentAtMs: startMs + 60_000 });
    sandbox.queued(redriven, 'pushes');
    const [push] = sandbox.all();
    expect(push).toMatchObject({ id: 'a', state: 'waiting', redrivenAt: at(60) });
    for (const gone of ['reason', 'words', 'endedAt']) expect(push).not.toHaveProperty(gone);
    const again = sandbox.deliver([redriven]);
    sandbox.request(redriven);
    again.ended(() => true, none);
    expect(sandbox.all()[0]?.attempts).toMatchObject([
      { messageId: 'a', receiveCount: 1, status: 410 },
      { messageId: 'b', receiveCount: 1, status: 200 },
    ]);
  });

  it('say why a message cannot be read', () => {
    const sandbox = sandboxPushes();
    const batch = sandbox.deliver([message('a', undefined, { body: '{' })]);
    batch.ended(() => true, deadLetter('malformed', 'the body is not JSON'));
    const unreadable = { fault: 'the body is not JSON', parameters: [], device: '' };
    expect(sandbox.all()).toMatchObject([{ ...unreadable, state: 'given-up', reason: 'malformed' }]);
  });

  it('give identical pushes of two batches one attempt each', () => {
    const sandbox = sandboxPushes();
    const text = { verb: 'NotifyTextMessage', Selector: 's', DeviceToken: 'same' };
    const messages = ['a', 'b'].map((id) => message(id, text));
    const batches = messages.map((one) => sandbox.deliver([one]));
    for (const one of messages) sandbox.request(one);
    for (const batch of batches) batch.ended(() => true, none);
    expect(sandbox.all().map(({ id, attempts }) => [id, attempts.length])).toEqual([
      ['b', 1],
      ['a', 1],
    ]);
  });

  it('give identical pushes of a batch one attempt if they share it, and one each if not', () => {
    const text = { verb: 'NotifyGenericTextMessage', Message: 'm', DeviceToken: 'same' };
    for (const [parameters, attempts] of [[{ DeviceToken: 'same' }, [1, 1]] as const, [text, [1, 0]] as const]) {
      const sandbox = sandboxPushes();
      const [one, other] = [message('a', parameters), message('b', parameters)];
      sandbox.deliver([one, other]);
      sandbox.request(one);
      expect(sandbox.all().map((push) => push.attempts.length)).toEqual(attempts.toReversed());
    }
  });

  it('count a request that is repeated after a closed connection as one attempt', () => {
    const sandbox = sandboxPushes();
    const batch = sandbox.deliver([message('a')]);
    sandbox.request(message('a'), null);
    sandbox.request(message('a'), 200);
    batch.ended(() => true, none);
    expect(sandbox.all()).toMatchObject([{ id: 'a', state: 'delivered', attempts: [{ status: 200 }] }]);
    expect(sandbox.all()[0]?.attempts).toHaveLength(1);
  });

  it('leave the outcome of a late answer as the log has told it', () => {
    const sandbox = sandboxPushes();
    const batch = sandbox.deliver([message('a')]);
    const answered = sandbox.requested({ format: 'form', body: formOf(message('a')), parameters: [] });
    sandbox.failed({ id: 'a', receiveCount: 1, kind: 'transient', failure: 'no answer within 5000 ms', ms: 5000 });
    batch.ended(() => false, none);
    sandbox.pass(9);
    answered(null);
    expect(sandbox.all()[0]?.attempts).toMatchObject([{ ms: 5000, status: null, outcome: 'transient' }]);
  });

  it('show a request past the relay as a push of its own', () => {
    const sandbox = sandboxPushes();
    const { parameters } = pushWith();
    for (const status of [200, 500]) sandbox.requested({ format: 'json', body: '{}', parameters })(status);
    expect(sandbox.all()).toMatchObject([
      { id: 'direct-2', source: 'gateway', state: 'given-up', attempts: [{ status: 500 }] },
      { id: 'direct-1', source: 'gateway', state: 'delivered', attempts: [{ status: 200 }] },
    ]);
  });

  it('do not count one as accepted again that was sent before they were forgotten', () => {
    const sandbox = sandboxPushes();
    for (const id of ['waits', 'retries']) sandbox.queued(message(id), 'pushes');
    sandbox.pass(1);
    sandbox.forget();
    sandbox.deliver([message('waits'), message('retries', undefined, { receiveCount: 3 })]);
    sandbox.queued(message('new', undefined, { sentAtMs: startMs + 1000 }), 'pushes');
    const [, retries, waits] = sandbox.all();
    expect(retries).toMatchObject({ id: 'retries', acceptedAt: at(0), receivedBefore: 2, olderAttempts: 0 });
    expect(waits).not.toHaveProperty('receivedBefore');
    expect(lifeOf(sandbox.changes, 'waits')).toEqual(['accepted', 'found']);
    expect(lifeOf(sandbox.changes, 'retries')).toEqual(['accepted', 'found']);
    expect(lifeOf(sandbox.changes, 'new')).toEqual(['accepted']);
  });

  it('keep the newest attempts of a push, and count the others', () => {
    const sandbox = sandboxPushes();
    for (let receiveCount = 1; receiveCount <= 103; receiveCount += 1) {
      const batch = sandbox.deliver([message('a', undefined, { receiveCount })]);
      sandbox.request(message('a'), 500);
      batch.ended(() => false, none);
    }
    const [push] = sandbox.all();
    expect(push).toMatchObject({ olderAttempts: 3 });
    expect(push?.attempts.map(({ receiveCount }) => receiveCount)).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 4),
    );
  });

  it('tell what has changed since a revision, newest first', () => {
    const sandbox = sandboxPushes();
    for (const id of ['a', 'b', 'c']) sandbox.queued(message(id), 'pushes');
    const since = sandbox.revision();
    for (const id of ['a', 'c']) sandbox.deliver([message(id)]);
    expect(sandbox.changedSince(since).pushes.map(({ id }) => id)).toEqual(['c', 'a']);
    expect(sandbox.changedSince(sandbox.revision()).pushes).toEqual([]);
  });

  it('drop the oldest, count them, and say so once', () => {
    const sandbox = sandboxPushes(2);
    for (const id of ['a', 'b', 'c', 'd']) sandbox.queued(message(id), 'pushes');
    expect(sandbox.changedSince(0)).toMatchObject({ pushes: [{ id: 'd' }, { id: 'c' }], kept: 2, dropped: 2 });
    expect(sandbox.drops()).toBe(1);
    sandbox.forget();
    expect(sandbox.changedSince(0)).toEqual({ pushes: [], kept: 2, dropped: 0 });
    for (const id of ['e', 'f', 'g']) sandbox.queued(message(id), 'pushes');
    expect(sandbox.drops()).toBe(2);
  });

  it('do not drop a newer one when one that was dropped is received', () => {
    const sandbox = sandboxPushes(2);
    for (const [index, id] of ['a', 'b', 'c'].entries()) {
      sandbox.queued(message(id, undefined, { sentAtMs: startMs + index }), 'pushes');
    }
    const batch = sandbox.deliver([message('a')]);
    sandbox.request(message('a'));
    batch.ended(() => true, none);
    expect(sandbox.changedSince(0)).toMatchObject({ pushes: [{ id: 'c' }, { id: 'b' }], dropped: 1 });
    // The terminal and the chart are told all the same.
    expect(lifeOf(sandbox.changes, 'a')).toEqual(['accepted', 'delivered']);
  });

  it('know which messages are being attempted', () => {
    const sandbox = sandboxPushes();
    const batch = sandbox.deliver([message('a')]);
    expect([sandbox.isAttempting('a'), sandbox.isAttempting('b')]).toEqual([true, false]);
    batch.ended(() => false, none);
    expect(sandbox.isAttempting('a')).toBe(false);
  });
});
