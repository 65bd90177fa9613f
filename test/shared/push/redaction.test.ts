import { describe, expect, it } from 'vitest';
import { decodeForm } from '../../../shared/push/form.ts';
import { describeFields, describePush, deviceHash } from '../../../shared/push/redaction.ts';
import { pushWith } from '../../support/pushes.ts';

const known = ['NotifyReprovision'];
const fieldsOf = (form: string) => describeFields(decodeForm(Buffer.from(form)), known);
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
    expect(fieldsOf(`AppId=${AppId}`)).toEqual({ appId: 'a'.repeat(128) });
  });
});

describe('the fields of an invalid form in a log', () => {
  it.each([
    ['verb=NotifyReprovision&AppId=a&DeviceToken=t', { verb: 'NotifyReprovision', appId: 'a', device }],
    ['AppId=a', { appId: 'a' }],
    ['DeviceToken=t', {}],
    ['verb=Secret&AppId=a', { appId: 'a' }],
    ['verb=NotifyReprovision&verb=NotifyReprovision', {}],
    ['AppId=a&AppId=b&DeviceToken=t', {}],
    ['AppId=a+secret', {}],
    ['AppId=+a', {}],
    ['AppId=&DeviceToken=', {}],
    ['AppId=a&DeviceToken=%zz', { appId: 'a' }],
    ['AppId=a&DeviceToken=t+t', { appId: 'a' }],
  ])('of %j are only those that cannot be part of a text', (form, expected) => {
    expect(fieldsOf(form)).toEqual(expected);
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
