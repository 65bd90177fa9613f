import { describe, expect, it } from 'vitest';
import { NoAnswerError } from '../../../functions/deliver/no-answer-error.ts';
import { someFailed } from '../../support/batch-result.ts';
import { outageWith, useDelivery } from '../../support/deliver.ts';
import { recordingLog } from '../../support/log.ts';
import { pushWith } from '../../support/pushes.ts';
import { recordOf, recordsOf } from '../../support/sqs-event.ts';

const { deliver, post } = useDelivery();

async function linesOf(...[records, overrides, remainingMs]: Parameters<typeof deliver>) {
  const log = recordingLog();
  await deliver(records, { log, ...overrides }, remainingMs);
  return log.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log of deliver', () => {
  it('has one line per failed push and one per batch, without token, selector or text', async () => {
    const secrets = { DeviceToken: 'fail-500', Selector: 'SELECTOR-MARK', Message: 'TEXT-MARK' };
    const record = recordOf(secrets);
    const lines = await linesOf([record, recordOf()]);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({
      level: 'warn',
      message: 'push not delivered',
      id: record.messageId,
      verb: 'NotifyTextMessage',
      appId: 'com.example.softphone',
      queue: 'pushes',
      outcome: { kind: 'transient', status: 500 },
      receiveCount: 1,
      decision: { kind: 'retry', delaySeconds: 1 },
    });
    expect(lines[1]).toMatchObject({
      level: 'info',
      message: 'batch',
      Stage: 'test',
      Queue: 'pushes',
      records: 2,
      untried: 0,
      Attempts: 2,
      GatewayFailures: 1,
      Delivered: 1,
      Retried: 1,
    });
    for (const secret of Object.values(secrets)) expect(JSON.stringify(lines)).not.toContain(secret);
  });

  it('says what failed in full, also if the push has a text that is a part of it', async () => {
    const [line] = await linesOf([recordOf({ DeviceToken: 'reset', Selector: 'gateway', Message: 'an' })]);
    const failure = 'the gateway closed the connection without an answer (ECONNRESET)';
    expect(line?.['outcome']).toEqual({ kind: 'transient', failure });
  });

  it('says that a failure speaks against the address of the gateway', async () => {
    const gateway = { post: () => Promise.reject(new NoAnswerError('no TLS', undefined, false, true)) };
    const [line] = await linesOf([recordOf()], { gateway });
    expect(line?.['outcome']).toEqual({ kind: 'transient', failure: 'no TLS', isAddressFault: true });
  });

  it.each([400, 404, 429, 500])('does not have the words of the gateway with status %i', async (status) => {
    const gateway = { post: () => Promise.resolve({ status, body: 'WORDS-MARK' }) };
    const lines = await linesOf([recordOf()], { gateway });
    expect(lines).toMatchObject([{ outcome: { status } }, { message: 'batch' }]);
    expect(JSON.stringify(lines)).not.toContain('WORDS-MARK');
  });

  it('has the time that the gateway asks for', async () => {
    const busy = { post: () => Promise.resolve({ status: 429, retryAfter: '7', body: 'too many' }) };
    const [line] = await linesOf([recordOf()], { gateway: busy });
    expect(line?.['outcome']).toEqual({ kind: 'throttled', status: 429, retryAfterMs: 7000 });
  });

  it('has the durations of the attempts, of the batch, and from acceptance to delivery', async () => {
    let now = Date.parse('2026-01-02T03:04:06.678Z');
    const slow = {
      async post(form: string) {
        const answer = await post(form);
        now += 250;
        return answer;
      },
    };
    const lines = await linesOf([recordOf({ DeviceToken: 'fail-500' }), recordOf()], {
      gateway: slow,
      concurrency: 1,
      now: () => now,
    });
    expect(lines[0]).toMatchObject({ ms: 250 });
    expect(lines[1]).toMatchObject({ ms: 500, GatewayTime: [250, 250], AcceptedToDelivered: [1500] });
  });

  it('has no negative time from acceptance to delivery if the clocks differ', async () => {
    const lines = await linesOf([recordOf()], { now: () => Date.parse('2026-01-02T03:04:00Z') });
    expect(lines[0]).toMatchObject({ AcceptedToDelivered: [0] });
  });

  it('leaves redriven pushes out of the time from acceptance to delivery', async () => {
    const messageAttributes = { pushId: { stringValue: 'first-id', dataType: 'String' as const } };
    const lines = await linesOf([recordOf({}, { messageAttributes })]);
    expect(lines[0]).toMatchObject({ Delivered: 1 });
    expect(lines[0]).not.toHaveProperty('AcceptedToDelivered');
  });

  it('counts an attempt once that several pushes share', async () => {
    const lines = await linesOf([recordOf(), recordOf()]);
    expect(lines).toMatchObject([{ Attempts: 1, Delivered: 2 }]);
    expect(lines[0]?.['GatewayTime']).toHaveLength(1);
  });

  it('counts the pushes that wait for an outage to end, and has no line for each', async () => {
    const outage = outageWith({ outageFailures: 1 });
    outage.record({ kind: 'transient', status: 500, words: () => '' }, pushWith(), { ms: 0, endedAt: 0 });
    const lines = await linesOf(recordsOf(3, { DeviceToken: 'fail-500' }), { outage });
    expect(lines.map(({ message }) => message)).toEqual(['push not delivered', 'batch']);
    expect(lines[1]).toMatchObject({ records: 3, untried: 2, Attempts: 1, Retried: 3 });
  });

  it('says for each batch that the address of the gateway looks wrong, and counts it', async () => {
    const outage = outageWith({ suspectFinalAnswers: 2 });
    const dead = ['first', 'second'].map((Id) => recordOf({ DeviceToken: 'fail-404', AppId: Id }));
    const lines = await linesOf(dead, { outage });
    expect(lines.slice(2)).toMatchObject([
      {
        level: 'error',
        message:
          "the gateway's address looks wrong: 2 different devices in a row were refused, the last with status 404",
        queue: 'pushes',
      },
      { message: 'batch', AddressSuspected: 1, Retried: 2 },
    ]);
    const later = await linesOf([recordOf()], { outage });
    expect(later.map(({ message }) => message)).toEqual(['batch']);
    expect(later[0]).not.toHaveProperty('AddressSuspected');
  });

  it('says how many pushes count as delivered although the answer was an HTML page, and counts them', async () => {
    const body = '<!DOCTYPE html><title>Welcome</title>';
    const proxy = { post: () => Promise.resolve({ status: 200, body }) };
    expect(await linesOf(recordsOf(2), { gateway: proxy })).toMatchObject([
      {
        level: 'warn',
        message: 'pushes count as delivered although the answer was an HTML page',
        queue: 'pushes',
        answers: 2,
      },
      { message: 'batch', Delivered: 2, PageAnswers: 2 },
    ]);
  });

  it('has a line for a push that expires while it waits for an outage to end', async () => {
    const outage = outageWith({ outageFailures: 1 });
    outage.record({ kind: 'transient', status: 500, words: () => '' }, pushWith(), { ms: 0, endedAt: 0 });
    const lines = await linesOf(recordsOf(2, { DeviceToken: 'fail-500' }, { ageMs: 86_400_000 }), { outage });
    const failure = 'not tried in an outage: the gateway answered 500';
    const outcome = { kind: 'untried', why: 'outage', failure };
    expect(lines[1]).toMatchObject({ outcome, decision: { reason: 'expired' } });
    expect(lines[2]).toMatchObject({ untried: 1, DeadLetteredExpired: 2 });
  });

  it('counts each reason of a dead letter', async () => {
    const tokens = ['unregistered', 'fail-400', 'fail-410'];
    const lines = await linesOf([
      ...tokens.map((DeviceToken) => recordOf({ DeviceToken })),
      recordOf({}, { body: 'not JSON' }),
      recordOf({ DeviceToken: 'fail-500' }, { receiveCount: 1000 }),
      recordOf({ DeviceToken: 'fail-503' }, { ageMs: 86_400_000 }),
    ]);
    expect(lines.at(-1)).toMatchObject({
      DeadLetteredUnregistered: 2,
      DeadLetteredRejected: 1,
      DeadLetteredMalformed: 1,
      DeadLetteredExhausted: 1,
      DeadLetteredExpired: 1,
      Attempts: 5,
      GatewayFailures: 2,
    });
    expect(lines.at(-1)).not.toHaveProperty('Delivered');
    expect(lines.at(-1)).not.toHaveProperty('Retried');
  });

  it('reports a dead letter that was not sent, and counts its push as retried', async () => {
    const record = recordOf({ DeviceToken: 'fail-400' });
    const lines = await linesOf([record], { sendDeadLetters: (givenUp) => someFailed(givenUp, () => true) });
    expect(lines[1]).toEqual({
      level: 'error',
      message: 'dead letter not sent',
      id: record.messageId,
      error: { name: 'Error', message: 'SQS refused it' },
    });
    expect(lines[2]).toMatchObject({ message: 'batch', Retried: 1 });
    expect(lines[2]).not.toHaveProperty('DeadLetteredRejected');
  });

  it('reports a delay that was not set', async () => {
    const record = recordOf({ DeviceToken: 'fail-500' });
    const lines = await linesOf([record], { delay: (_queue, delayed) => someFailed(delayed, () => true) });
    expect(lines[1]).toEqual({
      level: 'warn',
      message: 'delay not set',
      id: record.messageId,
      error: { name: 'Error', message: 'SQS refused it' },
    });
  });
});
