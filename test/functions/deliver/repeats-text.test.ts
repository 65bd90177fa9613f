import { describe, expect, it } from 'vitest';
import { repeatsText } from '../../../functions/deliver/hide-parameters.ts';
import { awsCallsOn, useDelivery } from '../../support/deliver.ts';
import { pushWith } from '../../support/pushes.ts';
import { recordOf } from '../../support/sqs-event.ts';

const Message = 'Dobrý večer "geheimnis42" <zde> & jinde';
const push = pushWith({ verb: 'NotifyGenericTextMessage', Message });
const ascii = (text: string) =>
  text.replace(/[^\0-\x7F]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

describe('words of the gateway', () => {
  it.each([
    ['whole', `refused: ${Message}`],
    ['in JSON that escapes all but ASCII', ascii(JSON.stringify({ error: Message }))],
    ['the same in upper case', ascii(JSON.stringify(Message)).toUpperCase().replaceAll('\\U', '\\u')],
    ['in HTML', 'Dobr&#253; ve&#x10D;er &quot;gehe&#105;mnis42&quot;'],
    ['cut', 'refused: Dobrý ve...'],
    ['its end', '… <zde> & jinde'],
    ['with other spaces', 'Dobrý\nvečer\t"geheimnis42"'],
    ['without accents', 'Dobry vecer'],
    ['in another normal form', Message.normalize('NFD')],
    ['with a sign in place of each accent', 'Dobr? ve?er "geheimnis42"'],
    ['one word of it', 'the word GEHEIMNIS42 is not allowed'],
  ])('repeat a text that they have %s', (_how, words) => {
    expect(repeatsText(words, push)).toBe(true);
  });

  it.each([
    ['JSON that escapes all but ASCII', String.raw`\u017elu\u0165ou\u010dk\u00fd`],
    ['JSON with capital digits', String.raw`\u017Elu\u0165ou\u010Dk\u00FD`],
    ['HTML', '&#x17E;lu&#x165;ou&#x10D;k&#xFD;'],
    ['HTML with decimal numbers', '&#382;lu&#357;ou&#269;k&#253;'],
  ])('repeat a text whose letters they have only in %s', (_how, words) => {
    expect(repeatsText(words, pushWith({ Message: 'žluťoučký' }))).toBe(true);
  });

  it.each([
    ['line breaks and tabs that JSON escapes', 'on\nno\tor', String.raw`on\nno\tor`],
    ['signs that HTML escapes', 'on&no<or', 'on&amp;no&lt;or'],
    ['ß', 'Straße 8', 'STRASSE 8'],
    ['ς', 'Καλός φίλος', 'ΚΑΛΟΣ ΦΙΛΟΣ'],
  ])('repeat a text with %s', (_which, text, words) => {
    expect(repeatsText(words, pushWith({ Message: text }))).toBe(true);
  });

  it.each([
    ['of their own', 'The token is not registered.'],
    ['with up to five characters of it', 'not zdeji'],
    ['with another parameter', 'no C203056764290202B7DA6F61B98671616469AEDB'],
    ['with nothing', ''],
  ])('do not repeat a text in words %s', (_which, words) => {
    expect(repeatsText(words, push)).toBe(false);
  });

  it('repeat a short text only whole, and no text if there is none', () => {
    const short = pushWith({ verb: 'NotifyGenericTextMessage', Message: 'Ano!' });
    expect(repeatsText('refused: ano', short)).toBe(true);
    expect(repeatsText('refused: an', short)).toBe(false);
    expect(repeatsText('refused', pushWith({ Message: '' }))).toBe(false);
    expect(repeatsText('refused', pushWith())).toBe(false);
  });
});

const { deadLetters, deliver, events, queues } = useDelivery();

it('are not told on the topic if they repeat a text, and the dead letter has them', async () => {
  const post = () => Promise.resolve({ status: 400, body: 'Dobr? ve?er "geheimnis42"' });
  await deliver([recordOf({ Message })], { gateway: { post }, ...awsCallsOn(queues()) });
  const [told] = await events();
  expect(told?.event).toMatchObject({ reason: 'rejected', status: 400, words: '[hidden]' });
  const [deadLetter] = await deadLetters();
  expect(deadLetter?.MessageAttributes?.['words']?.StringValue).toBe('Dobr? ve?er "geheimnis42"');
});
