import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AcceptDependencies } from '../../../functions/accept/handler.ts';
import { encodeForm } from '../../../shared/push/form.ts';
import type { QueuedPush } from '../../../shared/push/queued-push.ts';
import { startSqsIntake, type SqsIntake } from '../../support/accept.ts';
import { httpEvent, type HttpEventOptions } from '../../support/http-event.ts';
import { parametersWith } from '../../support/pushes.ts';

let intake: SqsIntake;
beforeAll(async () => {
  intake = await startSqsIntake();
});
afterAll(() => intake.stop());

const form = encodeForm(parametersWith());
const formType = 'application/x-www-form-urlencoded';
const send = (options: HttpEventOptions, overrides?: Partial<AcceptDependencies>) =>
  intake.send(httpEvent(options), overrides);

describe('a request', () => {
  it.each([
    ['a header', { ttl: ' 60 ' }, 60],
    ['a header of 0', { ttl: '0' }, 0],
    ['a header with the largest number', { ttl: '9999999999' }, 9_999_999_999],
  ])('queues a push with the end of its time to live: %s', async (_what, headers, seconds) => {
    const queued: QueuedPush[] = [];
    const enqueue = (one: QueuedPush) => {
      queued.push(one);
      return Promise.resolve('id');
    };
    expect(await send({ body: form, headers }, { enqueue, now: () => 5000 })).toMatchObject({ status: 202 });
    expect(queued[0]?.expiresAt).toEqual(new Date(5000 + seconds * 1000));
  });

  it.each(['', '-1', '1.5', '1e3', '60s', '5, 6', '10000000000'])('answers 400 to the time to live %j', async (ttl) => {
    expect(await send({ body: form, headers: { ttl } })).toMatchObject({ status: 400, faults: ['TTL: ttl'] });
  });

  it.each([
    ['JSON that is marked as a form', 'application/x-www-form-urlencoded', ' {"verb":"NotifyReprovision"}'],
    ['a form that is marked as JSON', 'application/json', form],
  ])('answers 400 to %s, and says which content type is right', async (_what, contentType, body) => {
    const answer = await send({ body, headers: { 'content-type': contentType } });
    expect(answer).toMatchObject({ status: 400, faults: ['the body: json'], queued: [] });
    const other = contentType === 'application/json' ? formType : 'application/json';
    expect(answer.body).toMatchObject({ detail: expect.stringContaining(`Content-Type`) as string });
    expect(answer.body).toMatchObject({ detail: expect.stringContaining(other) as string });
  });

  it.each(['application/json', 'Application/JSON; charset=UTF-8', 'application/json;charset="utf-8"'])(
    'queues a push in JSON with the content type %s',
    async (contentType) => {
      const body = JSON.stringify({ ...Object.fromEntries(parametersWith()), Badge: 3, Sound: null });
      const answer = await send({ body, headers: { 'content-type': contentType } });
      expect(answer).toMatchObject({ status: 202, queued: [parametersWith({ Badge: '3' })] });
    },
  );

  it('refuses JSON text that lost characters on its way, and keeps an escaped U+FFFD', async () => {
    const bodyWith = (Message: string) =>
      JSON.stringify(Object.fromEntries(parametersWith({ Message }))).replaceAll('~', '\\ufffd');
    const headers = { 'content-type': 'application/json' };
    expect(await send({ body: bodyWith('a\uFFFDb'), headers })).toMatchObject({ faults: ['Message: utf-8'] });
    expect(await send({ body: bodyWith('a~b'), headers })).toMatchObject({ status: 202 });
  });
});
