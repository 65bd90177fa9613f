import { describe, expect, it } from 'vitest';
import { createPhones } from '../../../local/sandbox/phones.ts';
import type { Parameter } from '../../../shared/push/form.ts';
import { deviceHash } from '../../../shared/push/redaction.ts';

const device = { appId: 'app', deviceToken: 'token' };
const id = deviceHash('app', 'token');
const answer = { at: '2026-01-02T03:04:05.000Z', to: 'report', status: 200, body: '{"result":"registered"}' } as const;
const alice = { account: 'alice', selector: 'A:1', isLoggedIn: true, answer };

function startPhones(kept?: number) {
  let changes = 0;
  let nowMs = 0;
  const phones = createPhones({
    ...(kept !== undefined && { kept }),
    now: () => (nowMs += 1000),
    onChange: () => {
      changes += 1;
    },
  });
  const push = (values: Readonly<Record<string, string>>, status: number | null = 200) => {
    const parameters: Parameter[] = Object.entries({
      ...{ verb: 'NotifyGenericTextMessage', AppId: 'app', DeviceToken: 'token' },
      ...values,
    });
    phones.answered({ format: 'form', body: JSON.stringify(parameters), parameters }, status);
  };
  const shown = () => phones.changedSince(0).phones;
  return {
    phones,
    push,
    shown,
    texts: () => shown()[0]?.notifications.map(({ text }) => text),
    changes: () => changes,
  };
}

describe('the phones of the sandbox', () => {
  it('shows a device that gets a push, with what its user would notice', () => {
    const { push, shown, changes } = startPhones();
    push({ Message: 'Dobrý den', Badge: '3', Sound: 'bell.caf', Selector: 'A:1' });
    push({ verb: 'NotifyTextMessage', Selector: 'A:1' });
    push({ verb: 'NotifyReprovision' });
    expect(shown()).toEqual([
      {
        ...{ id, revision: 3, appId: 'app', deviceToken: 'token', isDead: false, isMarkedDead: false },
        lastAttempt: { at: '1970-01-01T00:00:03.000Z', status: 200 },
        badge: '3',
        notifications: [
          { at: '1970-01-01T00:00:03.000Z', verb: 'NotifyReprovision', times: 1 },
          { at: '1970-01-01T00:00:02.000Z', verb: 'NotifyTextMessage', selector: 'A:1', times: 1 },
          {
            ...{ at: '1970-01-01T00:00:01.000Z', verb: 'NotifyGenericTextMessage', text: 'Dobrý den', times: 1 },
            ...{ selector: 'A:1', badge: '3', sound: 'bell.caf' },
          },
        ],
        olderNotifications: 0,
      },
    ]);
    expect(changes()).toBe(3);
  });

  it('counts a push that is repeated, and not one that differs', () => {
    const { push, shown } = startPhones();
    for (const Message of ['one', 'one', 'one', 'two', 'one']) push({ Message });
    expect(shown()[0]?.notifications.map(({ text, times }) => [text, times])).toEqual([
      ['one', 1],
      ['two', 1],
      ['one', 3],
    ]);
  });

  it.each([500, 429, 400, null])('shows no notification of a push that is answered with %s', (status) => {
    const { push, shown } = startPhones();
    push({ Message: 'lost' }, status);
    expect(shown()).toMatchObject([{ isDead: false, lastAttempt: { status }, notifications: [] }]);
  });

  it('shows no phone for a push without a device', () => {
    const { push, shown } = startPhones();
    push({ AppId: '' }, 400);
    expect(shown()).toEqual([]);
  });

  it.each([404, 410])('takes a token for dead that is answered with %s, until a push is accepted', (status) => {
    const { push, shown } = startPhones();
    push({}, status);
    expect(shown()).toMatchObject([{ isDead: true, isMarkedDead: false }]);
    push({}, 500);
    expect(shown()).toMatchObject([{ isDead: true }]);
    push({});
    expect(shown()).toMatchObject([{ isDead: false }]);
  });

  it('calls a device dead that is marked so, until it is marked alive', () => {
    const { phones } = startPhones();
    phones.add(device);
    expect(phones.isDead('app', 'token')).toBe(false);
    expect(phones.mark(id, true)).toMatchObject({ isDead: true, isMarkedDead: true });
    expect([phones.isDead('app', 'token'), phones.isDead('app', 'other')]).toEqual([true, false]);
    phones.mark(id, false);
    expect(phones.isDead('app', 'token')).toBe(false);
    expect(phones.mark('unknown', true)).toBeUndefined();
  });

  it('keeps the newest 20 notifications of a phone, and counts the others', () => {
    const { push, shown, texts } = startPhones();
    for (let number = 1; number <= 23; number += 1) push({ Message: `text ${String(number)}` });
    expect(shown()[0]).toMatchObject({ olderNotifications: 3 });
    expect(texts()).toEqual(Array.from({ length: 20 }, (_, index) => `text ${String(23 - index)}`));
  });

  it('cuts a very long text, not inside a character, and says how much is left out', () => {
    const { push, shown } = startPhones();
    push({ Message: `${'a'.repeat(4095)}😀bc` });
    expect(shown()[0]?.notifications[0]).toMatchObject({ text: 'a'.repeat(4095), moreCharacters: 4 });
  });

  it('keeps the newest phones, and drops those last that somebody works with', () => {
    const { phones, push } = startPhones(3);
    phones.add({ appId: 'app', deviceToken: 'mine' }, alice);
    push({ DeviceToken: 'marked' });
    phones.mark(deviceHash('app', 'marked'), true);
    for (const DeviceToken of ['1', '2', '3']) push({ DeviceToken });
    const { phones: shown, ...rest } = phones.changedSince(0);
    expect(shown.map(({ deviceToken }) => deviceToken)).toEqual(['mine', '3', 'marked']);
    expect(rest).toMatchObject({ kept: 3, dropped: 2 });
    phones.add({ appId: 'app', deviceToken: 'mine too' }, alice);
    phones.add({ appId: 'app', deviceToken: 'another' }, alice);
    const left = phones.changedSince(0).phones.map(({ deviceToken }) => deviceToken);
    expect(left).toEqual(['another', 'mine too', 'marked']);
  });

  it('tells what has changed, and in which order all are', () => {
    const { phones, push } = startPhones();
    push({ DeviceToken: 'one' });
    push({ DeviceToken: 'two' });
    const seen = phones.revision();
    push({ DeviceToken: 'one', Message: 'again' });
    const [one, two] = [deviceHash('app', 'one'), deviceHash('app', 'two')];
    expect(phones.changedSince(seen)).toMatchObject({ phones: [{ id: one }], ids: [two, one] });
    expect(phones.forget(two)).toBe(true);
    expect(phones.forget(two)).toBe(false);
    expect(phones.changedSince(phones.revision() - 1)).toMatchObject({ phones: [], ids: [one] });
    phones.forgetAll();
    expect(phones.changedSince(0)).toMatchObject({ phones: [], ids: [] });
  });
});
