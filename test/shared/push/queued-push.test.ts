import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pushOf } from '../../../shared/push/push.ts';
import { encodeQueuedPush, messageGroupOf, parseQueuedPush } from '../../../shared/push/queued-push.ts';
import { characterRefusedBySqs } from '../../../shared/push/sqs-text.ts';
import { validatePush } from '../../../shared/push/validation.ts';
import { parametersWith, pushWith, strictRules } from '../../support/pushes.ts';
import { anyText } from '../../support/text.ts';

const acceptedAt = new Date('2026-01-02T03:04:05.678Z');

/** A message body with overrides. */
const bodyWith = (overrides: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({ version: 2, acceptedAt: acceptedAt.toISOString(), parameters: parametersWith(), ...overrides });

describe('encodeQueuedPush', () => {
  it('writes version 2, which every later version must still read', () => {
    const expiresAt = new Date('2026-01-02T03:05:05.678Z');
    expect(JSON.parse(encodeQueuedPush({ push: pushWith(), acceptedAt, expiresAt, client: 'alarms' }))).toEqual({
      version: 2,
      acceptedAt: '2026-01-02T03:04:05.678Z',
      expiresAt: '2026-01-02T03:05:05.678Z',
      client: 'alarms',
      parameters: parametersWith(),
    });
  });

  it('leaves out the end of a time to live and the client if there is none', () => {
    const written = JSON.parse(encodeQueuedPush({ push: pushWith(), acceptedAt })) as object;
    expect(Object.keys(written)).toEqual(['version', 'acceptedAt', 'parameters']);
  });

  it('writes a message that SQS accepts for every push that passes validation', () => {
    fc.assert(
      fc.property(anyText(), (message) => {
        const fields = parametersWith({ Message: message }).map(([name, value]) => ({ name, value }));
        const reading = validatePush(fields, strictRules);
        if (!reading.ok) return;
        expect(characterRefusedBySqs(encodeQueuedPush({ push: reading.push, acceptedAt }))).toBeUndefined();
      }),
    );
  });

  it('writes emoji as escapes, which the local SQS accepts', () => {
    const body = encodeQueuedPush({ push: pushWith({ Message: 'ü😀' }), acceptedAt });
    expect(body).toContain('"ü\\ud83d\\ude00"');
  });
});

describe('parseQueuedPush', () => {
  it('reads back what encodeQueuedPush writes', () => {
    const parameters = fc.array(fc.tuple(anyText(), anyText()));
    const date = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2999-12-31') });
    const fields = fc.record(
      { acceptedAt: date, expiresAt: date, client: fc.string() },
      { requiredKeys: ['acceptedAt'] },
    );
    fc.assert(
      fc.property(parameters, fields, (more, others) => {
        const push = pushOf([...more, ...parametersWith()]);
        if (push === undefined) throw new Error('unreachable');
        const queued = { push, ...others };
        expect(parseQueuedPush(encodeQueuedPush(queued))).toEqual({ ok: true, queued });
      }),
    );
  });

  it('reads version 1, which can be on a queue while a deployment changes to version 2', () => {
    const body = `{"version":1,"acceptedAt":"${acceptedAt.toISOString()}","parameters":${JSON.stringify(parametersWith())}}`;
    expect(parseQueuedPush(body)).toEqual({ ok: true, queued: { push: pushWith(), acceptedAt } });
  });

  it('does not read a push of version 3 as version 2 after a rollback', () => {
    const why = 'version 3 is unknown; the known versions are 1 and 2';
    expect(parseQueuedPush(bodyWith({ version: 3 }))).toEqual({ ok: false, why });
    expect(parseQueuedPush('{"version":3}')).toEqual({ ok: false, why });
  });

  it.each([
    ['a name that is not a string', [1, 'x']],
    ['a value that is not a string', ['x', null]],
    ['one text', ['x']],
    ['three texts', ['x', 'y', 'z']],
    ['an object', { 0: 'x', 1: 'y', length: 2 }],
    ['a name with a lone surrogate', ['\uD800', 'x']],
    ['a value with a lone surrogate', ['x', 'y\uDC00']],
  ])('refuses a push with one bad parameter, so that it does not fail its whole batch: %s', (_what, bad) => {
    const parameters = [...parametersWith(), bad];
    expect(parseQueuedPush(bodyWith({ parameters }))).toEqual({ ok: false, why: 'not a queued push: parameters.4' });
    expect(parseQueuedPush(bodyWith({ parameters: parameters.toReversed() }))).toEqual({
      ok: false,
      why: 'not a queued push: parameters.0',
    });
  });

  it.each(['yesterday', '2026-01-01T00:00:00+05', '2026-01-01', '2026-13-01T00:00:00.000Z', 1, null])(
    'refuses the time %j, which toISOString does not write',
    (time) => {
      const why = (field: string) => ({ ok: false, why: `not a queued push: ${field}` });
      expect(parseQueuedPush(bodyWith({ acceptedAt: time }))).toEqual(why('acceptedAt'));
      expect(parseQueuedPush(bodyWith({ expiresAt: time }))).toEqual(why('expiresAt'));
    },
  );

  it.each([
    ['', 'the body is not JSON'],
    ['{', 'the body is not JSON'],
    ['null', 'not a queued push: the body'],
    ['"text"', 'not a queued push: the body'],
    ['[]', 'not a queued push: version'],
    [bodyWith({ version: '1' }), 'not a queued push: version'],
    [bodyWith({ client: 1 }), 'not a queued push: client'],
    [bodyWith({ parameters: {} }), 'not a queued push: parameters'],
    [bodyWith({ parameters: [] }), 'verb, AppId or DeviceToken is missing'],
    [bodyWith({ parameters: parametersWith({ verb: undefined }) }), 'verb, AppId or DeviceToken is missing'],
    [bodyWith({ parameters: parametersWith({ AppId: undefined }) }), 'verb, AppId or DeviceToken is missing'],
    [bodyWith({ parameters: parametersWith({ DeviceToken: undefined }) }), 'verb, AppId or DeviceToken is missing'],
  ])('refuses %j: %s', (body, why) => {
    expect(parseQueuedPush(body)).toEqual({ ok: false, why });
  });

  it('never throws, for any body', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        expect(parseQueuedPush(body).ok).toBe(false);
      }),
    );
  });
});

describe('messageGroupOf', () => {
  it.each(['com.cloudsoftphone.app', 'cz.acrobits.softphone.cloudphone', 'a', 'A_b-c:d', 'x'.repeat(128)])(
    'is the AppId if SQS accepts it: %s',
    (appId) => {
      expect(messageGroupOf(appId)).toBe(appId);
    },
  );

  it.each(['a b', 'ü', 'x\n', '\nx', 'x'.repeat(129)])('is a hash if SQS would refuse the AppId: %j', (appId) => {
    expect(messageGroupOf(appId)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is valid for SQS, and different for different apps', () => {
    const appId = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(appId, appId, (one, other) => {
        expect(messageGroupOf(one)).toMatch(/^[\x21-\x7E]{1,128}$/);
        expect(messageGroupOf(one) === messageGroupOf(other)).toBe(one === other);
      }),
    );
  });
});
