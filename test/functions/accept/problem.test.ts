import { describe, expect, it } from 'vitest';
import { describeFields } from '../../../functions/accept/problem.ts';
import { decodeForm } from '../../../shared/push/form.ts';
import { deviceHash } from '../../../shared/push/redaction.ts';

const fieldsOf = (form: string) => describeFields(decodeForm(Buffer.from(form)), ['NotifyReprovision']);
const device = deviceHash('a', 't');

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

  it('have a long AppId cut, so that a line stays short', () => {
    expect(fieldsOf(`AppId=${'a'.repeat(129)}`)).toEqual({ appId: 'a'.repeat(128) });
  });
});
