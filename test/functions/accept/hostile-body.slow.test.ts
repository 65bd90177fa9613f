import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AcceptDependencies } from '../../../functions/accept/handler.ts';
import { httpApiLimits, lambdaLimits } from '../../infra/limits.ts';
import { bounds } from '../../../shared/push/validation.ts';
import { refusedWith, startSqsIntake, type SqsIntake } from '../../support/accept.ts';
import { httpEvent, type HttpEventOptions } from '../../support/http-event.ts';
import { costlyBodies, costlyJson, largestBodyBytes, validForm } from './hostile-bodies.ts';

let intake: SqsIntake;
beforeAll(async () => {
  intake = await startSqsIntake();
});
afterAll(() => intake.stop());

const send = (options: HttpEventOptions, overrides?: Partial<AcceptDependencies>) =>
  intake.send(httpEvent(options), overrides);

const json = { 'content-type': 'application/json' };

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

  it('is refused within 128 MB of memory, whatever it contains', async () => {
    const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 };
    const worker = new Worker(new URL('hostile-worker.ts', import.meta.url), { resourceLimits });
    expect(await once(worker, 'message')).toEqual([[400]]);
  });

  it.each(Object.entries(costlyJson))(
    'of JSON, %s, is answered with 400, with an answer below the 6 MB of Lambda and a short log line',
    async (_name, body) => {
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(bounds.batchBytes);
      const { status, queued, body: answer, log } = await send({ body, headers: json });
      expect({ status, queued }).toEqual({ status: 400, queued: [] });
      // What a function returns is JSON, in which its body is a text.
      const payload = JSON.stringify({ body: JSON.stringify(answer) });
      expect(Buffer.byteLength(payload)).toBeLessThan(0.9 * lambdaLimits.payloadBytes);
      expect(log.join('\n').length).toBeLessThan(10_000);
      expect(await send({ body }, { maxBodyBytes: largestBodyBytes })).toMatchObject({ queued: [] });
    },
  );

  it('of JSON is a batch up to 1 MiB and a push up to the maximum of one push', async () => {
    const push = (bytes: number) => `{"verb":"NotifyReprovision","AppId":"a","DeviceToken":"${'t'.repeat(bytes)}"}`;
    const spaced = (bytes: number) => `[${push(1)}]${' '.repeat(bytes - push(1).length - 2)}`;
    expect(await send({ body: spaced(bounds.batchBytes), headers: json })).toMatchObject({ status: 202 });
    expect(await send({ body: spaced(bounds.batchBytes + 1), headers: json })).toMatchObject(refusedWith(413));
    expect(await send({ body: push(65_000), headers: json })).toMatchObject({ status: 202 });
    expect(await send({ body: push(65_536), headers: json })).toMatchObject(refusedWith(413));
    const inBatch = await send({ body: `[${push(1)},${push(65_536)}]`, headers: json });
    expect(inBatch).toMatchObject({ status: 202, body: { results: [{ code: 200 }, { code: 400 }] } });
    expect(inBatch.queued).toHaveLength(1);
  });
});
