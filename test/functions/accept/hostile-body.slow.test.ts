import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AcceptDependencies } from '../../../functions/accept/handler.ts';
import { httpApiLimits } from '../../infra/limits.ts';
import { bounds } from '../../../shared/push/validation.ts';
import { refusedWith, startSqsIntake, type SqsIntake } from '../../support/accept.ts';
import { httpEvent, type HttpEventOptions } from '../../support/http-event.ts';
import { costlyBodies, largestBodyBytes, validForm } from './hostile-bodies.ts';

let intake: SqsIntake;
beforeAll(async () => {
  intake = await startSqsIntake();
});
afterAll(() => intake.stop());

const send = (options: HttpEventOptions, overrides?: Partial<AcceptDependencies>) =>
  intake.send(httpEvent(options), overrides);

const padded = (bytes: number, pad = 'x') => {
  const start = `${validForm}&Message=`;
  return start + pad.repeat((bytes - start.length) / Buffer.byteLength(pad));
};

describe('a hostile body', () => {
  it.each([
    ['plain', 65_536, (bytes: number) => padded(bytes)],
    ['of two bytes a character', 65_535, (bytes: number) => padded(bytes, 'é')],
    ['as base64', 65_536, (bytes: number) => Buffer.from(padded(bytes))],
  ])('%s is accepted up to the maximum size, and answered with 413 above it', async (_how, most, bodyOf) => {
    expect(await send({ body: bodyOf(most) }, { maxBodyBytes: most })).toMatchObject({ status: 202 });
    expect(await send({ body: bodyOf(most) }, { maxBodyBytes: most - 1 })).toMatchObject(refusedWith(413));
  });

  it('of the largest size that API Gateway passes on is answered with 413', async () => {
    const bytes = httpApiLimits.payloadBytes;
    expect(await send({ body: padded(bytes) })).toMatchObject(refusedWith(413));
    expect(await send({ body: Buffer.alloc(bytes) })).toMatchObject(refusedWith(413));
    expect(await send({ body: '!'.repeat(bytes), isBase64Encoded: true })).toMatchObject(refusedWith(413));
  });

  it('is accepted up to the maximum number of parameters', async () => {
    const withMore = (count: number) =>
      validForm + Array.from({ length: count }, (_, at) => `&p${String(at)}=1`).join('');
    expect(await send({ body: withMore(bounds.parameters - 3) })).toMatchObject({ status: 202 });
    expect(await send({ body: withMore(bounds.parameters - 2) })).toMatchObject(refusedWith(400, 'the body: too-many'));
  });

  it('is accepted up to the maximum length of a name', async () => {
    const withName = (length: number) => `${validForm}&${'n'.repeat(length)}=1`;
    expect(await send({ body: withName(bounds.nameCharacters) })).toMatchObject({ status: 202 });
    expect(await send({ body: withName(bounds.nameCharacters + 1) })).toMatchObject(
      refusedWith(400, `${'n'.repeat(64)}…: too-long`),
    );
  });

  it.each(Object.entries(costlyBodies))(
    'of %s is answered with 400, with an answer and a log line shorter than itself',
    async (_name, body) => {
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(largestBodyBytes);
      const { status, queued, body: answer, log } = await send({ body }, { maxBodyBytes: largestBodyBytes });
      expect({ status, queued }).toEqual({ status: 400, queued: [] });
      expect(JSON.stringify(answer).length).toBeLessThan(largestBodyBytes);
      expect(log.join('\n').length).toBeLessThan(largestBodyBytes);
    },
  );

  it('is refused within 64 MB of memory, whatever it contains', async () => {
    const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 };
    const worker = new Worker(new URL('hostile-worker.ts', import.meta.url), { resourceLimits });
    expect(await once(worker, 'message')).toEqual([[400]]);
  });

  it.each([
    ['deep', '['.repeat(50_000)],
    ['deep in objects', '{"a":'.repeat(10_000)],
    ['huge', JSON.stringify({ verb: 'x'.repeat(60_000) })],
    ['with a prototype', '{"__proto__":{"verb":"NotifyReprovision","AppId":"a","DeviceToken":"t"}}'],
  ])('of JSON that is %s is not parsed, whatever its content type', async (_how, body) => {
    const headers = { 'content-type': 'application/json' };
    expect(await send({ body, headers })).toMatchObject(refusedWith(415));
    expect(await send({ body })).toMatchObject({ status: 400, queued: [] });
  });
});
