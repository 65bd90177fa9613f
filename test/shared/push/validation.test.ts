import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeForm } from '../../../shared/push/form.ts';
import { verbs } from '../../../shared/push/push.ts';
import { bounds, faultCodes, validatePush, type PushRules } from '../../../shared/push/validation.ts';
import { parametersWith, strictRules } from '../../support/pushes.ts';
import { anyText } from '../../support/text.ts';

const read = (form: string, rules: PushRules = strictRules) => validatePush(decodeForm(Buffer.from(form)), rules);

/** The faults of a form as `parameter: code`. */
function faultsOf(form: string, rules?: PushRules): string[] {
  const reading = read(form, rules);
  return reading.ok ? [] : reading.faults.map(({ parameter = 'the body', code }) => `${parameter}: ${code}`);
}

/** The sentences for the person who sent a form. */
function detailsOf(form: string, rules?: PushRules): string[] {
  const reading = read(form, rules);
  return reading.ok ? [] : reading.faults.map(({ detail }) => detail);
}

const selector = 'Selector=C203056764290202B7DA6F61B98671616469AEDB:1DA7349B';
const valid = 'verb=NotifyReprovision&AppId=a&DeviceToken=t';
const knownVerbs = [...verbs.keys()].join(', ');
const more = (count: number) => Array.from({ length: count }, (_, index) => `&p${String(index)}=1`).join('');

describe('the known verbs', () => {
  it('have each verb once, also if it is among the extra ones of a deployment', () => {
    const rules = { ...strictRules, extraVerbs: ['NotifyReprovision', 'NotifyOther'] };
    expect(detailsOf('verb=x&AppId=a&DeviceToken=t', rules).join()).toContain(`${knownVerbs}, NotifyOther`);
  });
});

describe('a form', () => {
  it.each([
    `verb=NotifyTextMessage&AppId=a&DeviceToken=t&${selector}`,
    'verb=NotifyGenericTextMessage&AppId=a&DeviceToken=t&Message=Hello%20World',
    'verb=NotifyReprovision&AppId=a&DeviceToken=t',
  ])('is a push: %s', (form) => {
    expect(faultsOf(form)).toEqual([]);
  });

  it('keeps every parameter in its order, including undocumented ones', () => {
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
    ['verb=%zz&AppId=a&DeviceToken=t', ['verb: percent-encoding']],
    ['verb=NotifyReprovision&AppId=a&DeviceToken=t&Message=%zz', ['Message: percent-encoding']],
    ['verb=NotifyReprovision&AppId=a&DeviceToken=%FF', ['DeviceToken: utf-8']],
    ['verb=NotifyReprovision&AppId=a&DeviceToken=t&Message=%00', ['Message: character']],
    ['verb=NotifyReprovision&AppId=a&DeviceToken=t&Message=%EF%BF%BF', ['Message: character']],
    ['verb=NotifyReprovision&AppId=a&DeviceToken=t&a%0Bb=1', ['a\uFFFDb: character']],
  ])('%j has the faults %j', (form, faults) => {
    expect(faultsOf(form)).toEqual(faults);
  });

  it('reports all its faults at once', () => {
    expect(faultsOf('verb=Nope&appid=x&DeviceToken=a+b&Message=%&x=1&x=%01')).toEqual([
      'appid: misspelt',
      'DeviceToken: white-space',
      'Message: percent-encoding',
      'x: repeated',
      'x: character',
      'verb: unknown',
    ]);
  });

  it('reports a kind of fault once for a parameter that is sent thousands of times', () => {
    expect(faultsOf(`${valid}&x=%01&x=%zz&x=%02&x=%zz&x=%FF`)).toEqual([
      'x: repeated',
      'x: character',
      'x: percent-encoding',
      'x: utf-8',
    ]);
  });

  it('is refused with at least one fault or read as it was sent, whatever it contains', () => {
    const name = fc.oneof(
      fc.constantFrom('verb', 'AppId', 'DeviceToken', 'Selector', 'Message', 'appid', '__proto__'),
      anyText({ maxLength: 5 }),
    );
    const value = fc.oneof(
      fc.constantFrom('NotifyReprovision', 'NotifyTextMessage', 'token', ''),
      anyText({ maxLength: 5 }),
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

describe('the rules of a deployment', () => {
  it('can allow another verb', () => {
    const rules = { ...strictRules, extraVerbs: ['NotifyBadge'] };
    expect(faultsOf('verb=NotifyBadge&AppId=a&DeviceToken=t', rules)).toEqual([]);
  });

  it('can allow NotifyTextMessage without a Selector', () => {
    const rules = { ...strictRules, selectorRequired: false };
    expect(faultsOf('verb=NotifyTextMessage&AppId=a&DeviceToken=t', rules)).toEqual([]);
    expect(faultsOf('verb=NotifyTextMessage&AppId=a&DeviceToken=t&Selector=', rules)).toEqual([]);
  });

  it('still refuse a text push without its Message when they allow a missing Selector', () => {
    const rules = { ...strictRules, selectorRequired: false };
    expect(faultsOf('verb=NotifyGenericTextMessage&AppId=a&DeviceToken=t', rules)).toEqual(['Message: missing']);
  });
});

describe('the bounds of a push', () => {
  it('are 64 parameters and 128 characters of a name, and for a batch 1,000 pushes, 200 accounts and 1 MiB', () => {
    expect(bounds).toEqual({
      ...{ parameters: 64, nameCharacters: 128 },
      ...{ batchPushes: 1000, batchAccounts: 200, batchBytes: 1_048_576 },
    });
  });

  it('allow the maximum number of parameters and not one more', () => {
    expect(faultsOf(valid + more(61))).toEqual([]);
    expect(faultsOf(valid + more(62))).toEqual(['the body: too-many']);
  });

  it('allow the maximum length of a name and not one character more', () => {
    expect(faultsOf(`${valid}&${'n'.repeat(128)}=1`)).toEqual([]);
    expect(faultsOf(`${valid}&${'n'.repeat(129)}=1`)).toEqual([`${'n'.repeat(64)}…: too-long`]);
  });

  it('limit the faults of a form with too many parameters to those of the documented ones', () => {
    expect(faultsOf(`verb=Nope&DeviceToken=a+b&x=%zz${more(64)}`)).toEqual([
      'the body: too-many',
      'DeviceToken: white-space',
      'verb: unknown',
      'AppId: missing',
    ]);
  });

  it('limit the faults of a form that has a documented name in thousands of wrong cases', () => {
    const inSomeCase = (mask: number) =>
      'devicetoken'.replace(/./g, (character, at: number) => ((mask >> at) & 1 ? character.toUpperCase() : character));
    const misspelt = Array.from({ length: 2048 }, (_, mask) => `${inSomeCase(mask)}=t`);
    const faults = faultsOf(misspelt.join('&'));
    expect(faults).toHaveLength(1 + 64 + 2);
    expect(faults.slice(-2)).toEqual(['verb: missing', 'AppId: missing']);
  });
});

describe('the sentence of a fault', () => {
  it.each([
    ['', 'verb is missing.'],
    ['AppId=', 'AppId is empty.'],
    ['devicetoken=t', 'Parameter names are case-sensitive: did you mean DeviceToken?'],
    ['AppId=a&APPID=a', 'Parameter names are case-sensitive, and AppId is already present: remove APPID.'],
    ['x=1&x=2&x=3', 'x is sent 3 times: send it once.'],
    ['AppId=a+b', "AppId contains white space: send none, and encode '+' as %2B in a form."],
    ['x=%zz', "x has a '%' that is not followed by two hexadecimal digits: encode '%' as %25."],
    [
      'x=%FF',
      'x is not valid UTF-8, or has half of a surrogate pair: send text as UTF-8, and U+FFFD itself as an escape.',
    ],
    ['x=%01', 'x contains the character U+0001, which Amazon SQS does not accept: remove it.'],
    ['x=%EF%BF%BE', 'x contains the character U+FFFE, which Amazon SQS does not accept: remove it.'],
    ['x%01=1', 'The name x\uFFFD contains the character U+0001, which Amazon SQS does not accept: remove it.'],
    ['verb=notifyreprovision', `The verb is unknown. Did you mean NotifyReprovision? Known verbs are ${knownVerbs}.`],
    ['verb=Nope', `The verb is unknown. Known verbs are ${knownVerbs}.`],
    [`x=1${more(64)}`, 'The push has 65 parameters; the maximum is 64.'],
    [`${'n'.repeat(129)}=1`, `The name ${'n'.repeat(64)}… is longer than 128 characters.`],
  ])('says of %j what is wrong and what to do', (form, detail) => {
    expect(detailsOf(form)).toContain(detail);
  });

  it('contains the verb that the deployment allows', () => {
    const rules = { ...strictRules, extraVerbs: ['NotifyBadge'] };
    expect(detailsOf(valid.replace('NotifyReprovision', 'NOTIFYBADGE'), rules)).toEqual([
      `The verb is unknown. Did you mean NotifyBadge? Known verbs are ${knownVerbs}, NotifyBadge.`,
    ]);
  });

  it('contains a name of 64 characters whole, and cuts a longer one between characters', () => {
    expect(faultsOf(`${'n'.repeat(64)}=%zz`)).toContain(`${'n'.repeat(64)}: percent-encoding`);
    expect(faultsOf(`%F0%9F%98%80${'n'.repeat(63)}=%zz`)).toContain(`😀${'n'.repeat(62)}…: percent-encoding`);
    expect(faultsOf(`${'n'.repeat(65)}=%zz`)).toContain(`${'n'.repeat(64)}…: percent-encoding`);
    expect(faultsOf(`${'n'.repeat(63)}%F0%9F%98%80${'n'.repeat(64)}=%zz`)).toContain(
      `${'n'.repeat(63)}…: percent-encoding`,
    );
  });
});

describe('the table of fault codes in docs/api.md', () => {
  it('lists every code, in the order of the code', async () => {
    const api = await readFile(new URL('../../../docs/api.md', import.meta.url), 'utf8');
    const [, table = ''] = api.split(/^\| code /m);
    expect([...table.matchAll(/^\| `([\w-]+)`/gm)].map(([, code]) => code)).toEqual(faultCodes);
  });
});
