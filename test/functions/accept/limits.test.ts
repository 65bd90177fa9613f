import { describe, expect, it } from 'vitest';
import type { AcceptDependencies } from '../../../functions/accept/handler.ts';
import { bounds } from '../../../shared/push/validation.ts';
import { sendEvent } from '../../support/accept.ts';
import { httpEvent } from '../../support/http-event.ts';
import { parametersWith } from '../../support/pushes.ts';

const json = { 'content-type': 'application/json' };
const push = Object.fromEntries(parametersWith());
const bytesOfPush = Object.entries(push).flat().join('').length;
const send = (body: string, overrides?: Partial<AcceptDependencies>, headers = json) =>
  sendEvent(httpEvent({ body, headers }), overrides);
const sendBatch = (batch: readonly unknown[], overrides?: Partial<AcceptDependencies>) =>
  send(JSON.stringify(batch), overrides);
const spaced = (text: string, bytes: number) => text + ' '.repeat(bytes - text.length);
const detailOf = ({ body }: { readonly body: unknown }) => (body as { detail: string }).detail;

describe('a push of a batch', () => {
  it.each([
    ['its values', { ...push, x: 'é' }, bytesOfPush + 3],
    ['its names', { ...push, é: 'x' }, bytesOfPush + 3],
    ['a name alone, if its value is no text', { ...push, [`n${'n'.repeat(9)}`]: [] }, bytesOfPush + 10],
  ])('may have as many bytes as one push: those of %s count', async (_what, one, bytes) => {
    const tooLarge = { results: [{ code: 200 }, { code: 400, faults: [{ code: 'too-large' }] }] };
    const pushes = [{ ...push }, one];
    expect(await sendBatch(pushes, { maxBodyBytes: bytes - 1 })).toMatchObject({ status: 202, body: tooLarge });
    const { body } = await sendBatch(pushes, { maxBodyBytes: bytes });
    expect(JSON.stringify(body)).not.toContain('too-large');
  });

  it('may be the only one that is accepted', async () => {
    expect(await sendBatch([push, {}])).toMatchObject({ status: 202, body: { code: 200 } });
  });

  it('has its first five faults in its result, and the number of the others in words', async () => {
    const faulty = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`n${String(at)}`, []] as const));
    const { body } = await sendBatch([
      { ...push, ...faulty(5) },
      { ...push, ...faulty(6) },
      { ...push, ...faulty(7) },
    ]);
    const { results } = body as { results: { faults: unknown[]; response: string }[] };
    expect(results.map(({ faults }) => faults.length)).toEqual([5, 5, 5]);
    expect(results[0]?.response).not.toContain('more fault');
    expect(results[1]?.response).toMatch(/n4 is an object or an array.*There is 1 more fault\.$/);
    expect(results[2]?.response).toMatch(/n4 is an object or an array.*There are 2 more faults\.$/);
    expect(results[2]?.response).not.toContain('n5');
    expect(body).not.toHaveProperty('faults');
  });
});

describe('a body of JSON', () => {
  const one = JSON.stringify(push);

  it('of one push has at most as many bytes as a push may have, and of a batch more', async () => {
    const overrides = { maxBodyBytes: one.length + 2 };
    expect(await send(spaced(one, one.length + 2), overrides)).toMatchObject({ status: 202 });
    const tooLarge = await send(spaced(one, one.length + 3), overrides);
    expect(tooLarge.status).toBe(413);
    expect(detailOf(tooLarge)).toContain('one push');
    expect(await send(`[${one},${one}]`, overrides)).toMatchObject({ status: 202 });
  });

  it('of a batch has at most 1 MiB, and the answer says so', async () => {
    expect(await send(spaced(`[${one}]`, bounds.batchBytes))).toMatchObject({ status: 202 });
    const tooLarge = await send(spaced(`[${one}]`, bounds.batchBytes + 1));
    expect(tooLarge.status).toBe(413);
    expect(detailOf(tooLarge)).toContain(String(bounds.batchBytes));
  });
});

describe('a form', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  it('is refused by its size before it is read, also where JSON would be a batch', async () => {
    expect(await send('[]'.padEnd(200), { maxBodyBytes: 199 }, form)).toMatchObject({ status: 413 });
  });

  it.each(['[x', '{', '7', '"x"'])('is not taken for JSON because it begins like it: %s', async (body) => {
    expect((await send(body, {}, form)).faults).toEqual(['verb: missing', 'AppId: missing', 'DeviceToken: missing']);
  });
});

describe('a time to live', () => {
  it('that is no text is a fault of the event', async () => {
    const event = { ...httpEvent(), headers: { ...json, ttl: 60 } };
    expect(await sendEvent(event)).toMatchObject({ status: 400, faults: ['the body: event'] });
  });
});

describe('a fault of a name', () => {
  it('that is not valid text is told once, in valid text', async () => {
    const { faults } = await send(JSON.stringify(push).replace('}', ',"a\\ud83d":"x"}'));
    expect(faults).toEqual(['a\uFFFD: utf-8']);
  });
});
