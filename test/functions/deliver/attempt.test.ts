import { describe, expect, it } from 'vitest';
import { NoAnswerError } from '../../../functions/deliver/no-answer-error.ts';
import { idsOf, attributesOf, outageWith, useDelivery } from '../../support/deliver.ts';
import { pushWith } from '../../support/pushes.ts';
import { recordOf, recordsOf, sqsEventOf } from '../../support/sqs-event.ts';

const { accepted, clear, createHandler, deadLetters, deliver, post, posted } = useDelivery();

function suspectedOutage() {
  const outage = outageWith({ outageFailures: 1 });
  outage.record({ kind: 'transient', status: 500, words: () => '' }, pushWith(), { ms: 0, endedAt: 0 });
  return outage;
}

describe('the attempts of a batch', () => {
  it('are no more at the same time than allowed', async () => {
    let underWay = 0;
    let most = 0;
    const counting = {
      async post(form: string) {
        underWay += 1;
        most = Math.max(most, underWay);
        const answer = await post(form);
        underWay -= 1;
        return answer;
      },
    };
    await deliver(recordsOf(40), { gateway: counting, concurrency: 7 });
    expect(most).toBe(7);
    expect(posted()).toHaveLength(40);
  });

  it('start fifty in a tick, so that the first does not wait until all of a large batch have started', async () => {
    let made = 0;
    let madeInFirstTick = 0;
    const counting = {
      post(form: string) {
        made += 1;
        if (made === 1) process.nextTick(() => (madeInFirstTick = made));
        return post(form);
      },
    };
    await deliver(recordsOf(200), { gateway: counting, concurrency: 200 });
    expect(made).toBe(200);
    expect(madeInFirstTick).toBe(50);
  });

  it('fail alone if there is a bug', async () => {
    const throwing = {
      post(form: string) {
        if (form.includes('throws')) throw new TypeError('a bug');
        return post(form);
      },
    };
    const bad = recordOf({ DeviceToken: 'throws' });
    expect(await deliver([bad, recordOf()], { gateway: throwing })).toMatchObject({ failed: [bad.messageId] });
    expect(accepted()).toHaveLength(1);
  });

  it('that fail because of a bug show no error message, which could repeat the push', async () => {
    const echoing = {
      post(form: string) {
        throw new TypeError(`cannot send ${form}`);
      },
    };
    await deliver([recordOf({ Selector: 'secret selector' }, { ageMs: 86_400_000 })], { gateway: echoing });
    const [deadLetter] = await deadLetters();
    expect(attributesOf(deadLetter ?? {})['words']).toBe('the attempt failed (TypeError)');
  });
});

describe('identical pushes of a batch', () => {
  it.each([{}, { verb: 'NotifyReprovision', Selector: undefined }])(
    'share one attempt and its outcome: %j',
    async (parameters) => {
      const delivered = [recordOf(parameters), recordOf(parameters), recordOf(parameters)];
      expect(await deliver(delivered)).toMatchObject({ failed: [] });
      expect(posted()).toHaveLength(1);

      clear();
      const failing = [1, 2].map(() => recordOf({ ...parameters, DeviceToken: 'fail-500' }));
      expect(await deliver(failing)).toMatchObject({ failed: idsOf(failing) });
      expect(posted()).toHaveLength(1);
    },
  );

  it.each([
    { DeviceToken: 'another' },
    { AppId: 'another' },
    { Selector: 'another' },
    { Badge: '2' },
    { verb: 'NotifyReprovision' },
  ])('are not identical if one has %j', async (difference) => {
    await deliver([recordOf(), recordOf(difference)]);
    expect(posted()).toHaveLength(2);
  });

  it.each([
    { verb: 'NotifyGenericTextMessage', Message: 'Hello' },
    { verb: 'NotifyTextMessage', Message: 'Hello' },
    { verb: 'NotifyOther' },
  ])('are attempted one by one if the app may show each: %j', async (parameters) => {
    await deliver([recordOf(parameters), recordOf(parameters)]);
    expect(posted()).toHaveLength(2);
  });

  it('each get a dead letter, with their own id', async () => {
    const twins = [recordOf({ DeviceToken: 'unregistered' }), recordOf({ DeviceToken: 'unregistered' })];
    expect(await deliver(twins)).toMatchObject({ failed: [] });
    expect(posted()).toHaveLength(1);
    const ids = (await deadLetters()).map((deadLetter) => attributesOf(deadLetter)['pushId']);
    expect(ids.toSorted()).toEqual(idsOf(twins).toSorted());
  });
});

describe('during an outage', () => {
  const batch = (DeviceToken: string) => recordsOf(10, { DeviceToken });

  it('the rest of a batch waits, each batch tries one push, and the first delivery ends it', async () => {
    const outage = outageWith({ outageFailures: 5 });
    const options = { outage, concurrency: 2 };
    expect((await deliver(batch('fail-500'), options)).failed).toHaveLength(10);
    expect(posted().length).toBeGreaterThanOrEqual(5);
    expect(posted().length).toBeLessThan(7);

    clear();
    expect((await deliver(batch('fail-500'), options)).failed).toHaveLength(10);
    expect(posted()).toHaveLength(1);

    clear();
    expect((await deliver(batch('good'), options)).failed).toEqual([]);
    expect(posted()).toHaveLength(10);
    expect(outage.isSuspected()).toBe(false);
  });

  it('a batch tries the push with the fewest receives, so that a bad push does not prolong the outage', async () => {
    const bad = recordOf({ DeviceToken: 'fail-500' }, { receiveCount: 9 });
    expect(await deliver([bad, ...recordsOf(2)], { outage: suspectedOutage() })).toMatchObject({
      failed: [bad.messageId],
    });
    expect(accepted()).toHaveLength(2);
  });

  it('identical pushes count as received as often as the newest of them', async () => {
    const older = recordOf({ DeviceToken: 'fail-500', Id: '1' }, { receiveCount: 2 });
    const twins = [9, 1].map((receiveCount) => recordOf({}, { receiveCount }));
    expect(await deliver([older, ...twins], { outage: suspectedOutage() })).toMatchObject({
      failed: [older.messageId],
    });
    expect(accepted()).toHaveLength(1);
  });

  it('a batch tries nothing if its time is over', async () => {
    const outage = suspectedOutage();
    expect((await deliver(batch('good'), { outage, afterAttemptsMs: 10_000 }, 14_000)).failed).toHaveLength(10);
    expect(posted()).toEqual([]);
  });

  it('the others wait for the outage, although the probe took so long that no time is left', async () => {
    let remainingMs = 30_000;
    const hanging = {
      post(_form: string, limitMs = 0) {
        remainingMs -= limitMs + 1;
        return Promise.reject(new NoAnswerError('no answer'));
      },
    };
    const handler = createHandler({ outage: suspectedOutage(), gateway: hanging, afterAttemptsMs: 5000 });
    // A push that was left only because of the time would not expire.
    const old = recordsOf(3, {}, { ageMs: 86_400_000 });
    const answer = await handler(sqsEventOf(old), { getRemainingTimeInMillis: () => remainingMs });
    expect([answer, remainingMs]).toEqual([{ batchItemFailures: [] }, 9999]);
  });

  it('an old push expires, tried or not', async () => {
    const old = recordsOf(2, { DeviceToken: 'fail-500' }, { ageMs: 86_400_000 });
    expect(await deliver(old, { outage: suspectedOutage() })).toMatchObject({ failed: [] });
    expect(posted()).toHaveLength(1);
    const reasons = (await deadLetters()).map((deadLetter) => attributesOf(deadLetter)['reason']);
    expect(reasons).toEqual(['expired', 'expired']);
  });
});

describe('while the address of the gateway is suspected', () => {
  const refusing = { post: () => Promise.resolve({ status: 404, body: '<html>not found</html>' }) };
  const devices = (count: number, parameters = {}) =>
    Array.from({ length: count }, (_, index) => recordOf({ DeviceToken: `fail-404-${String(index)}`, ...parameters }));

  it('no push of a batch is given up, each later batch tries one push, and a delivery ends it', async () => {
    const outage = outageWith({ suspectFinalAnswers: 10 });
    const first = devices(10);
    expect((await deliver(first, { outage, gateway: refusing })).failed.toSorted()).toEqual(idsOf(first).toSorted());
    expect(await deadLetters()).toEqual([]);

    let attempts = 0;
    const counting = {
      post() {
        attempts += 1;
        return refusing.post();
      },
    };
    expect((await deliver(devices(10), { outage, gateway: counting })).failed).toHaveLength(10);
    expect(attempts).toBe(1);

    expect((await deliver(recordsOf(10), { outage })).failed).toEqual([]);
    expect(outage.addressFault()).toBeUndefined();
  });

  it('because TLS fails, only one push of each batch is tried', async () => {
    let attempts = 0;
    const gateway = {
      post() {
        attempts += 1;
        return Promise.reject(new NoAnswerError('no TLS', undefined, false, true));
      },
    };
    const outage = outageWith();
    // With a clock that stands still, the attempts take no time, so that no rest follows them.
    const time = Date.now();
    const overrides = { outage, gateway, now: () => time };
    await deliver(devices(3), overrides);
    attempts = 0;
    expect((await deliver(devices(3), overrides)).failed).toHaveLength(3);
    expect(attempts).toBe(1);
    expect(outage.addressFault()).toBe('no TLS');
  });

  it('fewer refused devices than the limit are given up at once', async () => {
    const outage = outageWith({ suspectFinalAnswers: 10 });
    expect((await deliver(devices(9), { outage, gateway: refusing })).failed).toEqual([]);
    expect(await deadLetters()).toHaveLength(9);
  });

  it('a batch tries an app that was not refused, so that one with a wrong AppId does not delay the others', async () => {
    const outage = outageWith({ suspectFinalAnswers: 3 });
    await deliver(devices(3, { AppId: 'wrong' }), { outage, gateway: refusing });
    const good = recordOf({}, { receiveCount: 5 });
    const refused = recordOf({ DeviceToken: 'fail-400', AppId: 'wrong' });
    expect((await deliver([refused, good], { outage })).failed).toEqual([]);
    expect(accepted()).toHaveLength(1);
    const [deadLetter] = await deadLetters();
    expect(attributesOf(deadLetter ?? {})['reason']).toBe('rejected');
  });

  it('a push whose lifetime ends has expired, refused or not tried', async () => {
    const outage = outageWith({ suspectFinalAnswers: 3 });
    await deliver(devices(3), { outage, gateway: refusing });
    const old = recordsOf(2, { DeviceToken: 'fail-404' }, { ageMs: 86_400_000 });
    expect((await deliver(old, { outage })).failed).toEqual([]);
    const reasons = (await deadLetters()).map((deadLetter) => attributesOf(deadLetter)['reason']);
    expect(reasons.toSorted()).toEqual(['expired', 'expired']);
  });
});
