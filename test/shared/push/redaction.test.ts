import { describe, expect, it } from 'vitest';
import { describePush, deviceHash } from '../../../shared/push/redaction.ts';
import { pushWith } from '../../support/pushes.ts';

const device = deviceHash('a', 't');

describe('the fields of a push in a log', () => {
  it('are its verb, its app and a hash of its device', () => {
    expect(describePush(pushWith({ AppId: 'a', DeviceToken: 't' }))).toEqual({
      verb: 'NotifyTextMessage',
      appId: 'a',
      device,
    });
  });

  it('have a long AppId cut, so that a line stays short', () => {
    const AppId = 'a'.repeat(129);
    expect(describePush(pushWith({ AppId })).appId).toBe('a'.repeat(128));
  });
});

describe('the hash of a device', () => {
  it('is short, the same each time, and different for each app and each token', () => {
    expect(device).toMatch(/^[0-9a-f]{12}$/);
    expect(deviceHash('a', 't')).toBe(device);
    expect(
      new Set([device, deviceHash('a', 'u'), deviceHash('b', 't'), deviceHash('at', ''), deviceHash('', 'at')]).size,
    ).toBe(5);
  });
});
