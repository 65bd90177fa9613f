import { describe, expect, it } from 'vitest';
import { judgeDevice, parseLastSeen } from '../../../../shared/sweeps/list/device.ts';
import type { PushRules } from '../../../../shared/push/validation.ts';
import type { Plan } from '../../../../shared/sweeps/plan.ts';

const rules: PushRules = { extraVerbs: [], selectorRequired: true };
const plan: Plan = { devices: { kind: 'list', key: 'd' }, verb: 'NotifyReprovision', parameters: [], windowMs: 0 };
const device = { appId: 'app', deviceToken: 't+/=', selector: 'S:1', lastSeen: '' };
const judge = (changes: Partial<typeof device>, ofPlan: Partial<Plan> = {}, ofRules: Partial<PushRules> = {}) =>
  judgeDevice(
    { ...device, ...changes },
    { ...plan, ...ofPlan },
    { ...rules, ...ofRules },
    Date.parse('2026-01-10T00:00Z'),
  );

describe('a device of a list', () => {
  it.each([
    ['no token', { deviceToken: '' }, 'DeviceToken is empty.'],
    ['no app', { appId: '' }, 'AppId is empty.'],
    ['white space in its token', { deviceToken: 'a b' }, 'white space'],
    ['a character that SQS does not accept', { deviceToken: 'a\u0001' }, 'U+0001'],
    ['only white space', { appId: '  ', deviceToken: ' ' }, 'white space'],
    ['bytes that are not UTF-8', { deviceToken: 'a\uFFFD' }, 'not UTF-8'],
  ])('with %s is refused', (_what, changes, reason) => {
    expect(judge(changes)).toEqual({ kind: 'refused', reason: expect.stringContaining(reason) as string });
  });

  it('gets a push with its own parameters first, and the Selector only with a verb that requires it', () => {
    const named = { parameters: [['Badge', '1']] as const };
    const own = [
      ['AppId', 'app'],
      ['DeviceToken', 't+/='],
    ];
    expect(judge({}, named)).toEqual({
      kind: 'push',
      push: {
        ...{ verb: 'NotifyReprovision', appId: 'app', deviceToken: 't+/=' },
        parameters: [['verb', 'NotifyReprovision'], ...own, ['Badge', '1']],
      },
    });
    expect(judge({}, { ...named, verb: 'NotifyTextMessage' })).toMatchObject({
      push: { parameters: [['verb', 'NotifyTextMessage'], ...own, ['Selector', 'S:1'], ['Badge', '1']] },
    });
  });

  it('needs a selector only if its push does', () => {
    expect(judge({ selector: '' })).toMatchObject({ kind: 'push' });
    const fetch = { verb: 'NotifyTextMessage' };
    expect(judge({ selector: '' }, fetch)).toEqual({ kind: 'refused', reason: 'Selector is missing.' });
    expect(judge({ selector: '' }, fetch, { selectorRequired: false })).toMatchObject({ kind: 'push' });
  });

  it('gets a push with its Selector if the newer gateway requires one, and is refused without', () => {
    const newer = { gatewayFormat: 'json' } as const;
    for (const verb of ['NotifyTextMessage', 'NotifyReprovision', 'NotifyOther']) {
      const extraVerbs = ['NotifyOther'];
      const reading = judge({}, { verb }, { ...newer, extraVerbs });
      const parameters = [
        ['verb', verb],
        ['AppId', 'app'],
        ['DeviceToken', 't+/='],
        ['Selector', 'S:1'],
      ];
      expect(reading).toMatchObject({ kind: 'push', push: { parameters } });
      expect(judge({ selector: '' }, { verb }, { ...newer, extraVerbs })).toEqual({
        ...{ kind: 'refused', reason: 'Selector is missing.' },
      });
      const waived = { ...newer, extraVerbs, selectorRequired: false };
      expect(judge({ selector: '' }, { verb }, waived)).toMatchObject({ kind: 'push' });
      expect(judge({ selector: 'S 1' }, { verb }, waived)).toMatchObject({ kind: 'refused' });
    }
    const text = { verb: 'NotifyGenericTextMessage', parameters: [['Message', 'm']] as const };
    const generic = judge({}, text, newer);
    expect(generic).toMatchObject({ kind: 'push' });
    expect(JSON.stringify(generic)).not.toContain('Selector');
    expect(judge({ selector: '' }, text, newer)).toMatchObject({ kind: 'push' });
  });

  it('is left out if it was not seen for too long', () => {
    const week = { seenWithinMs: 7 * 86_400_000 };
    expect(judge({ lastSeen: '2026-01-03 00:00:00+00' }, week)).toMatchObject({ kind: 'push' });
    expect(judge({ lastSeen: '2026-01-02 23:59:59+00' }, week)).toEqual({ kind: 'filtered' });
    expect(judge({ lastSeen: 'infinity' }, week)).toMatchObject({ kind: 'refused' });
    expect(judge({ lastSeen: 'infinity' })).toMatchObject({ kind: 'push' });
  });
});

describe('the time at which a device was last seen', () => {
  it.each([
    ['2026-01-02 03:04:05.678901+00', '2026-01-02T03:04:05.678Z'],
    ['2026-01-02 03:04:05+05:30', '2026-01-01T21:34:05.000Z'],
    ['2026-01-02 03:04:05+0530', '2026-01-01T21:34:05.000Z'],
    ['2026-01-02 03:04', '2026-01-02T03:04:00.000Z'],
    ['2026-01-02T03:04Z', '2026-01-02T03:04:00.000Z'],
    ['2026-01-02 03:04:05.5', '2026-01-02T03:04:05.500Z'],
    ['2026-01-02 03:04:05-03', '2026-01-02T06:04:05.000Z'],
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02T03:04:05', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02', '2026-01-02T00:00:00.000Z'],
  ])('%s is read', (text, iso) => {
    expect(parseLastSeen(text)).toBe(Date.parse(iso));
  });

  it.each([
    '',
    'infinity',
    'yesterday',
    '2026-13-02',
    'x2026-01-02',
    '2026-01-02x',
    '2026-01-02 03:04:05+0',
    '2026-01-02 03:04:05Z+01',
    '1767322800',
  ])('%s is not a time', (text) => {
    expect(parseLastSeen(text)).toBeUndefined();
  });
});
