import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeForm } from '../../../shared/push/form.ts';
import { bounds, validatePush, type PushRules } from '../../../shared/push/validation.ts';
import { parametersWith, strictRules } from '../../support/pushes.ts';

const read = (form: string, rules: PushRules = strictRules) => validatePush(decodeForm(Buffer.from(form)), rules);

/** The faults of a form as `parameter: code`. */
function faultsOf(form: string, rules?: PushRules): string[] {
  const reading = read(form, rules);
  return reading.ok ? [] : reading.faults.map(({ parameter = 'the body', code }) => `${parameter}: ${code}`);
}

const selector = 'Selector=AB:1';

describe('a push', () => {
  it.each([
    `verb=NotifyTextMessage&AppId=a&DeviceToken=t&${selector}`,
    'verb=NotifyGenericTextMessage&AppId=a&DeviceToken=t&Message=Hello%20World',
    'verb=NotifyReprovision&AppId=a&DeviceToken=t',
  ])('is read from %s', (form) => {
    expect(faultsOf(form)).toEqual([]);
  });

  it('keeps every parameter in its order, those that the document does not name as well', () => {
    const reading = read('Badge=1&verb=NotifyReprovision&Sound=&AppId=a&__proto__=x&DeviceToken=a%2Bb');
    expect(reading.ok && reading.push).toEqual({
      verb: 'NotifyReprovision',
      appId: 'a',
      deviceToken: 'a+b',
      parameters: [
        ['Badge', '1'],
        ['verb', 'NotifyReprovision'],
        ['Sound', ''],
        ['AppId', 'a'],
        ['__proto__', 'x'],
        ['DeviceToken', 'a+b'],
      ],
    });
  });

  it.each([
    ['', ['verb: missing', 'AppId: missing', 'DeviceToken: missing']],
    [`verb=&AppId=&DeviceToken=&${selector}`, ['verb: empty', 'AppId: empty', 'DeviceToken: empty']],
    ['verb=NotifyTextMessage&AppId=a&DeviceToken=t', ['Selector: missing']],
    ['verb=NotifyTextMessage&AppId=a&DeviceToken=t&Selector=', ['Selector: empty']],
    ['verb=NotifyGenericTextMessage&AppId=a&DeviceToken=t', ['Message: missing']],
    ['verb=NotifyGenericTextMessage&AppId=a&DeviceToken=t&Message=', ['Message: empty']],
    ['verb=NotifyEverything&AppId=a&DeviceToken=t', ['verb: unknown']],
    ['verb=toString&AppId=a&DeviceToken=t', ['verb: unknown']],
    ['verb=NotifyReprovision&AppId=a&AppId=b&DeviceToken=t', ['AppId: repeated']],
    ['verb=NotifyReprovision&AppId=a&DeviceToken=t&x=1&x=1&x=1', ['x: repeated']],
    ['verb=NotifyReprovision&appid=a&DeviceToken=t', ['appid: misspelt']],
    ['verb=NotifyReprovision&AppId=a&APPID=a&DeviceToken=t', ['APPID: misspelt']],
    ['verb=NotifyReprovision&AppId=a&DeviceToken=a+b', ['DeviceToken: white-space']],
    ['verb=NotifyReprovision&AppId=a&DeviceToken=t%0A', ['DeviceToken: white-space']],
    ['verb=NotifyTextMessage&AppId=a&DeviceToken=t&Selector=a%20b', ['Selector: white-space']],
    ['verb=NotifyReprovision&AppId=a%0D%0A&DeviceToken=t', ['AppId: white-space']],
    ['verb=NotifyReprovision&AppId=a&devicetoken=a+b', ['devicetoken: misspelt', 'devicetoken: white-space']],
    ['verb=NotifyReprovision&appid=&DeviceToken=t', ['appid: misspelt', 'appid: empty']],
    ['VERB=NotifyTextMessage&AppId=a&DeviceToken=t', ['VERB: misspelt', 'Selector: missing']],
    ['VERB=Nope&AppId=a&DeviceToken=t', ['VERB: misspelt', 'verb: unknown']],
    ['verb=notifytextmessage&AppId=a&DeviceToken=t', ['verb: unknown', 'Selector: missing']],
    ['verb=NotifyReprovision&AppId=a&DeviceToken=t&Message=%zz', ['Message: percent-encoding']],
    ['verb=NotifyReprovision&AppId=a&DeviceToken=%FF', ['DeviceToken: utf-8']],
    ['verb=NotifyReprovision&AppId=a&DeviceToken=t&Message=%00', ['Message: character']],
    ['verb=NotifyReprovision&AppId=a&DeviceToken=t&Message=%EF%BF%BF', ['Message: character']],
    ['verb=NotifyReprovision&AppId=a&DeviceToken=t&a%0Bb=1', ['a\vb: character']],
  ])('%j has the faults %j', (form, faults) => {
    expect(faultsOf(form)).toEqual(faults);
  });

  it('has all its faults told at once', () => {
    expect(faultsOf('verb=Nope&appid=x&DeviceToken=a+b&Message=%&x=1&x=%01')).toEqual([
      'appid: misspelt',
      'DeviceToken: white-space',
      'Message: percent-encoding',
      'x: repeated',
      'x: character',
      'verb: unknown',
    ]);
  });

  it('may have another verb where the deployment allows it', () => {
    const rules = { ...strictRules, extraVerbs: ['NotifyBadge'] };
    expect(faultsOf('verb=NotifyBadge&AppId=a&DeviceToken=t', rules)).toEqual([]);
  });

  it('may do without a Selector where the deployment waives it', () => {
    const rules = { ...strictRules, selectorRequired: false };
    expect(faultsOf('verb=NotifyTextMessage&AppId=a&DeviceToken=t', rules)).toEqual([]);
    expect(faultsOf('verb=NotifyTextMessage&AppId=a&DeviceToken=t&Selector=', rules)).toEqual([]);
  });

  it('says what was meant', () => {
    const reading = read('verb=notifyreprovision&devicetoken=t&AppId=a');
    const details = reading.ok ? '' : reading.faults.map(({ detail }) => detail).join('\n');
    expect(details).toContain('did you mean DeviceToken?');
    expect(details).toContain('Did you mean NotifyReprovision?');
    expect(details).toContain('NotifyTextMessage, NotifyGenericTextMessage, NotifyReprovision');
  });

  it('has at most so many parameters, with names of at most so many characters', () => {
    const well = 'verb=NotifyReprovision&AppId=a&DeviceToken=t';
    const more = (count: number) => Array.from({ length: count }, (_, index) => `&p${String(index)}=1`).join('');
    expect(faultsOf(well + more(bounds.parameters - 3))).toEqual([]);
    expect(faultsOf(well + more(bounds.parameters - 2))).toEqual(['the body: too-many']);
    expect(faultsOf(`verb=Nope&DeviceToken=a+b${more(bounds.parameters)}`)).toEqual([
      'the body: too-many',
      'DeviceToken: white-space',
      'verb: unknown',
      'AppId: missing',
    ]);
    expect(faultsOf(`${well}&${'n'.repeat(bounds.nameCharacters)}=1`)).toEqual([]);
    expect(faultsOf(`${well}&${'n'.repeat(bounds.nameCharacters + 1)}=1`)).toEqual([`${'n'.repeat(64)}…: too-long`]);
  });

  it('has no more faults told than a form with as many parameters as are taken', () => {
    const inSomeCase = (mask: number) =>
      'devicetoken'.replace(/./g, (letter, at: number) => ((mask >> at) & 1 ? letter.toUpperCase() : letter));
    const misspelt = Array.from({ length: 2048 }, (_, mask) => `${inSomeCase(mask)}=t`);
    const faults = faultsOf(misspelt.join('&'));
    expect(faults).toHaveLength(1 + bounds.parameters + 2);
    expect(faults.slice(-2)).toEqual(['verb: missing', 'AppId: missing']);
  });

  it('has long names cut between characters', () => {
    expect(faultsOf(`${'n'.repeat(63)}%F0%9F%98%80${'n'.repeat(64)}=%zz`)).toContain(
      `${'n'.repeat(63)}…: percent-encoding`,
    );
  });

  it('is refused with at least one fault or read as it was sent, whatever the form', () => {
    const name = fc.oneof(
      fc.constantFrom('verb', 'AppId', 'DeviceToken', 'Selector', 'Message', 'appid', '__proto__'),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    const value = fc.oneof(
      fc.constantFrom('NotifyReprovision', 'NotifyTextMessage', 'token', ''),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    const field = fc.record({ name, value });
    const base = parametersWith().map(([known, text]) => ({ name: known, value: text }));
    fc.assert(
      fc.property(fc.array(field, { maxLength: 6 }), fc.subarray(base), (odd, some) => {
        const fields = [...some, ...odd];
        const reading = validatePush(fields, strictRules);
        if (reading.ok) expect(reading.push.parameters).toEqual(fields.map((sent) => [sent.name, sent.value]));
        else expect(reading.faults).not.toEqual([]);
      }),
    );
  });
});
