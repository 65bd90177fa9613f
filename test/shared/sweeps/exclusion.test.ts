import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ExclusionError, readExclusion, type ExclusionOptions } from '../../../shared/sweeps/exclusion.ts';

const whole = { verb: 'NotifyReprovision', from: 0, to: 1, maxRememberedDevices: 1000 };
const exclusionOf = (text: string, options: Partial<ExclusionOptions> = {}) =>
  readExclusion(Readable.from([Buffer.from(text)]), { ...whole, ...options });
const deviceOf = (deviceToken: string, appId = 'app', selector = '') => ({
  appId,
  deviceToken,
  selector,
  lastSeen: '',
});
const tokens = Array.from({ length: 200 }, (_, index) => `token-${String(index)}`);
const list = `AppId,DeviceToken,Selector\n${tokens.map((token) => `app,${token},S:1\n`).join('')}`;

describe('a list of devices to leave out', () => {
  it('has a device by AppId and token, with any account', async () => {
    const exclusion = await exclusionOf('AppId,DeviceToken,Selector\napp,dead,S:1\n');
    expect(exclusion.has(deviceOf('dead', 'app', 'S:2'))).toBe(true);
    expect(exclusion.has(deviceOf('dead', 'other', 'S:1'))).toBe(false);
    expect(exclusion.has(deviceOf('alive', 'app', 'S:1'))).toBe(false);
  });

  it('is CSV or JSON Lines, as a list of devices is, and may have no row', async () => {
    expect((await exclusionOf('{"appid":"app","token":"dead"}\n')).has(deviceOf('dead'))).toBe(true);
    expect((await exclusionOf('AppId,DeviceToken\n')).has(deviceOf('dead'))).toBe(false);
  });

  it('is remembered by a slice for its own devices only', async () => {
    const halves = await Promise.all([
      exclusionOf(list, { to: 0.5, maxRememberedDevices: 150 }),
      exclusionOf(list, { from: 0.5, maxRememberedDevices: 150 }),
    ]);
    const found = tokens.map((token) => halves.filter((half) => half.has(deviceOf(token))).length);
    expect(new Set(found)).toEqual(new Set([1]));
  });

  it('is remembered by every slice if each push is for an account', async () => {
    const exclusion = await exclusionOf(list, { verb: 'NotifyTextMessage', from: 0.5 });
    expect(tokens.every((token) => exclusion.has(deviceOf(token, 'app', 'S:2')))).toBe(true);
  });

  it('is refused with more devices than a slice may remember, because a forgotten one would get a push', async () => {
    await expect(exclusionOf(list, { maxRememberedDevices: 200 })).resolves.toBeDefined();
    await expect(exclusionOf(list, { maxRememberedDevices: 199 })).rejects.toThrow(
      new ExclusionError(
        'The list of except has more than 199 devices for one slice: choose a longer window, which has more slices.',
      ),
    );
    await expect(exclusionOf(list, { verb: 'NotifyTextMessage', maxRememberedDevices: 199 })).rejects.toThrow(
      'divide the sweep',
    );
  });

  it('counts the rows that name no device, and is refused if none can be read', async () => {
    const { unreadableRows } = await exclusionOf('AppId,DeviceToken\napp,dead\napp,\n,dead\napp,dead,S:1\n');
    expect(unreadableRows).toBe(3);
    await expect(exclusionOf('')).rejects.toThrow(new ExclusionError('The list is empty.'));
  });
});
