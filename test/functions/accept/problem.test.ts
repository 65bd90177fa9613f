import { describe, expect, it } from 'vitest';
import { describeFields, describeProblem } from '../../../functions/accept/problem.ts';
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

describe('the faults of a push in a log', () => {
  it('have their parameter only if a gateway’s document names it, because another may be part of a text', () => {
    const faults = ['Selector', 'Badge', 'ThreadId', 'secret', undefined].map((parameter) => ({
      ...{ code: 'utf-8' as const, detail: '' },
      ...(parameter !== undefined && { parameter }),
    }));
    expect(describeProblem({ kind: 'invalid-parameters', faults })).toEqual({
      reason: 'invalid-parameters',
      faults: ['Selector: utf-8', 'Badge: utf-8', 'ThreadId: utf-8', 'utf-8', 'utf-8'],
    });
  });
});
