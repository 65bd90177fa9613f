import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pushOf } from '../../../shared/push/push.ts';
import { validatePush } from '../../../shared/push/validation.ts';
import { encodeQueuedPush, parseQueuedPush } from '../../../shared/push/queued-push.ts';
import { characterRefusedBySqs } from '../../../shared/push/sqs-text.ts';
import { parametersWith, pushWith, strictRules } from '../../support/pushes.ts';

const acceptedAt = new Date('2026-01-02T03:04:05.678Z');

describe('a queued push', () => {
  it('comes back from its message as it went in', () => {
    const parameters = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })));
    const date = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2999-12-31') });
    fc.assert(
      fc.property(parameters, date, (more, at) => {
        const push = pushOf([...more, ...parametersWith()]);
        if (push === undefined) throw new Error('unreachable');
        const queued = { push, acceptedAt: at };
        expect(parseQueuedPush(encodeQueuedPush(queued))).toEqual({ ok: true, queued });
      }),
    );
  });

  it('makes a message that SQS takes, whatever the door lets through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (message) => {
        const fields = parametersWith({ Message: message }).map(([name, value]) => ({ name, value }));
        const reading = validatePush(fields, strictRules);
        if (!reading.ok) return;
        expect(characterRefusedBySqs(encodeQueuedPush({ push: reading.push, acceptedAt }))).toBeUndefined();
      }),
    );
  });

  it('has a message of version 1 that later versions must still read', () => {
    expect(JSON.parse(encodeQueuedPush({ push: pushWith(), acceptedAt }))).toEqual({
      version: 1,
      acceptedAt: '2026-01-02T03:04:05.678Z',
      parameters: parametersWith(),
    });
  });

  it.each([
    ['', 'the body is not JSON'],
    ['{', 'the body is not JSON'],
    ['null', 'not a queued push: the body'],
    ['[]', 'not a queued push: version'],
    ['{"version":2}', 'version 2 is unknown; the only known version is 1'],
    ['{"version":1,"acceptedAt":"yesterday","parameters":[]}', 'not a queued push: acceptedAt'],
    [
      '{"version":1,"acceptedAt":"2026-01-02T03:04:05.678Z","parameters":[["verb"]]}',
      'not a queued push: parameters.0',
    ],
    [
      '{"version":1,"acceptedAt":"2026-01-02T03:04:05.678Z","parameters":[["verb","\\ud800"]]}',
      'not a queued push: parameters.0',
    ],
    ['{"version":1,"acceptedAt":"2026-01-01T00:00:00+05","parameters":[]}', 'not a queued push: acceptedAt'],
    ['{"version":1,"acceptedAt":"2026-01-01","parameters":[]}', 'not a queued push: acceptedAt'],
    ['{"version":1,"acceptedAt":"2026-01-02T03:04:05.678Z","parameters":[]}', 'verb, AppId or DeviceToken is missing'],
  ])('%j can not be read: %s', (body, why) => {
    expect(parseQueuedPush(body)).toEqual({ ok: false, why });
  });

  it('is never read with a throw, whatever the body', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        expect(parseQueuedPush(body).ok).toBe(false);
      }),
    );
  });
});
