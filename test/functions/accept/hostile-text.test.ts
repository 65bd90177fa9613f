import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AcceptDependencies } from '../../../functions/accept/handler.ts';
import { encodeForm, type Parameter } from '../../../shared/push/form.ts';
import { refusedWith, startSqsIntake, type SqsIntake } from '../../support/accept.ts';
import { httpEvent, type HttpEventOptions } from '../../support/http-event.ts';
import { validForm } from './hostile-bodies.ts';

let intake: SqsIntake;
beforeAll(async () => {
  intake = await startSqsIntake();
});
afterAll(() => intake.stop());

const send = (options: HttpEventOptions, overrides?: Partial<AcceptDependencies>) =>
  intake.send(httpEvent(options), overrides);

const validParameters: Parameter[] = [...new URLSearchParams(validForm)];

describe('a hostile name or value', () => {
  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', 'length', '0', ''])(
    'that is named %j is passed on unchanged',
    async (name) => {
      const body = `${validForm}&${name}=${name}`;
      expect(await send({ body })).toMatchObject({ status: 202, queued: [[...validParameters, [name, name]]] });
    },
  );

  it.each(['NotifyReprovision%00', '__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    '%s is not a verb',
    async (verb) => {
      const { status, faults, queued } = await send({ body: validForm.replace('NotifyReprovision', verb) });
      expect({ status, queued }).toEqual({ status: 400, queued: [] });
      expect(faults).toContain('verb: unknown');
    },
  );

  const injection = 'a\r\nLocation: http://192.0.2.1/\r\n\r\n<html>';
  it.each([
    ['value', encodeForm([...validParameters, ['Message', injection]])],
    ['name', encodeForm([...validParameters, [injection, '1']])],
    ['value, not encoded', `${validForm}&Message=${injection}`],
  ])('with line breaks in a %s is passed on unchanged, and never gets into a header', async (_where, body) => {
    const { headers, ...rest } = await send({ body });
    expect(rest).toMatchObject({ status: 202, queued: [[...new URLSearchParams(body)]] });
    expect(headers).toEqual({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  });

  it.each(['verb', 'AppId', 'DeviceToken'])('with line breaks in %s is refused', async (name) => {
    const body = encodeForm(
      validParameters.map(([known, value]) => [known, known === name ? value + injection : value]),
    );
    const { headers, ...rest } = await send({ body });
    expect(rest).toMatchObject(refusedWith(400, `${name}: ${name === 'verb' ? 'unknown' : 'white-space'}`));
    expect(headers).toEqual({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
  });

  const bytes = (...values: number[]) => Buffer.from(values).toString('latin1');
  it.each([
    ['NUL', '%00', 'character'],
    ['NUL, not encoded', bytes(0x00), 'character'],
    ['escape', '%1B[2J', 'character'],
    ['U+FFFE', '%EF%BF%BE', 'character'],
    ['a lone surrogate', '%ED%A0%80', 'utf-8'],
    ['a lone surrogate, not encoded', bytes(0xed, 0xa0, 0x80), 'utf-8'],
    ['a pair of surrogates, each encoded', '%ED%A0%BD%ED%B8%80', 'utf-8'],
    ['a slash, overlong', '%C0%AF', 'utf-8'],
    ['a slash, overlong in three bytes', '%E0%80%AF', 'utf-8'],
    ['an ampersand, overlong and not encoded', bytes(0xc0, 0xa6), 'utf-8'],
    ['NUL, overlong', '%C0%80', 'utf-8'],
    ['beyond Unicode', '%F4%90%80%80', 'utf-8'],
    ['a cut sequence', '%E2%82', 'utf-8'],
    ['a sequence half encoded', `${bytes(0xc3)}%A9`, 'utf-8'],
    ['Latin-1', '%FC', 'utf-8'],
    ['UTF-16', bytes(0xff, 0xfe, 0x61, 0x00), 'utf-8'],
    ['a percent sign alone', '100%', 'percent-encoding'],
    ['a percent sign with half a byte', '%4', 'percent-encoding'],
    ['JavaScript’s own escape', '%u0041', 'percent-encoding'],
  ])('with %s is refused', async (_what, hostile, code) => {
    const asValue = Buffer.from(`${validForm}&Message=a${hostile}`, 'latin1');
    expect(await send({ body: asValue })).toMatchObject(refusedWith(400, `Message: ${code}`));
    const asName = await send({ body: Buffer.from(`${validForm}&n${hostile}=1`, 'latin1') });
    expect(asName).toMatchObject({ status: 400, queued: [] });
    expect(asName.faults).toContainEqual(expect.stringMatching(new RegExp(`^n.*: ${code}$`, 's')));
  });
});

describe('an encoded body', () => {
  it.each(['gzip', 'GZIP', ' gzip ', 'x-gzip', 'deflate', 'br', 'zstd', 'identity, gzip', 'gzip,gzip', 'nonsense'])(
    'with the content encoding %j is refused, not decompressed',
    async (coding) => {
      const { headers, ...rest } = await send({
        body: gzipSync(validForm),
        headers: { 'content-encoding': coding },
      });
      expect(rest).toMatchObject(refusedWith(415));
      expect(headers).toMatchObject({ 'accept-encoding': 'identity' });
    },
  );

  it('compressed without a Content-Encoding is refused', async () => {
    expect(await send({ body: gzipSync(validForm) })).toMatchObject({ status: 400, queued: [] });
  });

  it('in base64 that is not marked as base64 is refused', async () => {
    const body = Buffer.from(validForm).toString('base64');
    expect(await send({ body })).toMatchObject({ status: 400, queued: [] });
  });

  it.each([
    ['a form', validForm],
    ['base64 and more', `${Buffer.from(validForm).toString('base64')}\n`],
    ['base64 with a character that is not', Buffer.from(validForm).toString('base64').replace('N', '!N')],
    ['base64 without its padding', Buffer.from(`${validForm}&`).toString('base64').replace(/=+$/, '')],
    ['base64 in the URL alphabet', Buffer.from(`${validForm}???>>>`).toString('base64url')],
    ['base64 of base64url', '-_-_'],
  ])('marked as base64 is refused if it is %s', async (_what, body) => {
    expect(await send({ body, isBase64Encoded: true })).toMatchObject(refusedWith(400, 'the body: base64'));
  });
});
