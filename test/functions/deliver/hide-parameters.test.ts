import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeForm } from '../../../shared/push/form.ts';
import { encodeJson } from '../../../shared/push/json.ts';
import { hideParameters } from '../../../functions/deliver/hide-parameters.ts';
import { pushWith } from '../../support/pushes.ts';

describe('the gateway’s words', () => {
  it('are shown without the values of the push', () => {
    const push = pushWith({ DeviceToken: 'a+b/c==', Selector: 'AB:1', Message: 'See you at 5', Badge: '1' });
    const words = 'token a+b/c== (a%2Bb%2Fc%3D%3D) of AB:1 refused: See you at 5, See+you+at+5, code 1';
    expect(hideParameters(words, push)).toBe(
      'token [hidden] ([hidden]) of [hidden] refused: [hidden], [hidden], code 1',
    );
  });

  it.each([
    ['JSON', String.raw`a\"č\"/ž`],
    ['JSON that escapes slashes', String.raw`a\"č\"\/ž`],
    ['JSON that escapes all but ASCII', String.raw`a\"\u010d\"/\u017e`],
    ['JSON that escapes slashes and all but ASCII', String.raw`a\"\u010d\"\/\u017e`],
    ['HTML', 'a&quot;č&quot;/ž'],
    ['HTML', '&lt;b&gt;&amp;&#39;č'],
  ])('hide a value that they repeat in %s: %s', (_format, repeated) => {
    const push = pushWith({ DeviceToken: 'a"č"/ž', Selector: "<b>&'č" });
    expect(hideParameters(`no ${repeated}!`, push)).toBe('no [hidden]!');
  });

  it('hide values in whatever order they occur', () => {
    const push = pushWith({ DeviceToken: 'one', Selector: 'two', Message: 'three' });
    const values = ['one', 'two', 'three'];
    for (const first of values) {
      for (const second of values) {
        expect(hideParameters(`${first}, then ${second}`, push)).toBe('[hidden], then [hidden]');
      }
    }
  });

  it('are shown up to a long value, whose echo may be cut anywhere', () => {
    const Message = 'A text that is much longer than is needed to know it by, "quoted" and cut/slashed';
    const push = pushWith({ Message });
    for (const echo of [Message, JSON.stringify(Message).replaceAll('/', '\\/'), encodeURIComponent(Message)]) {
      expect(hideParameters(`bad: ${echo.slice(0, 40)}`, push)).toMatch(/^bad: "?\[hidden\]$/);
    }
  });

  it('do not grow if values and placeholder look alike', () => {
    const odd = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`hidden$&${String(index)}`, 'hidden']));
    expect(hideParameters('hidden hidden', pushWith(odd))).toBe('[hidden] [hidden]');
  });

  it('keep verb and AppId', () => {
    const push = pushWith();
    expect(hideParameters(`${push.verb} ${push.appId}`, push)).toBe(`${push.verb} ${push.appId}`);
  });

  it('hide a short token, selector or text, but not a short value of another parameter', () => {
    const push = pushWith({
      DeviceToken: 'tk',
      Selector: 's1',
      Message: 'Hi!',
      Badge: '12',
      ThreadId: 'abc',
      Id: 'wxyz',
    });
    expect(hideParameters('tk s1 Hi! 12 abc wxyz', push)).toBe('[hidden] [hidden] [hidden] 12 abc [hidden]');
  });

  it.each([
    ['hi', 'no complete answer within 10 s; hi?', 'no complete answer within 10 s; [hidden]?'],
    ['t', 'été: t, tt, t1 and 1t', 'été: [hidden], tt, t1 and 1t'],
    ['notification', 'notification of notifications', '[hidden] of notifications'],
    ['notifications', 'xnotificationsx', 'x[hidden]x'],
    [
      'hi',
      String.raw`see%20hi%20you, see\nhi\nyou, "hi", _hi_`,
      String.raw`see%20[hidden]%20you, see\n[hidden]\nyou, "[hidden]", _[hidden]_`,
    ],
    [
      'abc123',
      String.raw`bad \u0022abc123\u0022, \x22ABC123\x22`,
      String.raw`bad \u0022[hidden]\u0022, \x22[hidden]\x22`,
    ],
    ['hi', String.raw`%20xhi and \nshi`, String.raw`%20xhi and \nshi`],
    ['a-a', 'xa-a-a', 'xa-[hidden]'],
    ['你好', '消息你好不合法', '消息[hidden]不合法'],
    ['!', 'no!', 'no[hidden]'],
  ])('hide the text %j where it is a word, and not inside longer words', (Message, words, hidden) => {
    expect(hideParameters(words, pushWith({ Message }))).toBe(hidden);
  });

  it('stay as they are if the push has nothing to hide in them', () => {
    expect(hideParameters('no such token', pushWith({ DeviceToken: '', Selector: '' }))).toBe('no such token');
  });

  it('hide the longer of two values of which one begins with the other', () => {
    expect(hideParameters('token', pushWith({ DeviceToken: 'tok', Selector: 'token' }))).toBe('[hidden]');
  });

  it('hide values that overlap as one, and a shorter one that is a word where the longer one is not', () => {
    expect(hideParameters('ab cd ef!', pushWith({ DeviceToken: 'ab cd', Selector: 'cd ef' }))).toBe('[hidden]!');
    expect(hideParameters('tok!sx', pushWith({ DeviceToken: 'tok!s', Selector: 'tok!' }))).toBe('[hidden]sx');
  });

  it('hide a value of just the recognised length where it is, and show the rest', () => {
    const push = pushWith({ DeviceToken: 'x'.repeat(24), Selector: 'y' });
    expect(hideParameters(`${'x'.repeat(24)} refused`, push)).toBe('[hidden] refused');
    expect(hideParameters(`${'x'.repeat(25)} refused`, pushWith({ DeviceToken: 'x'.repeat(25) }))).toBe('[hidden]');
  });

  it('hide values with characters of regular expressions, in any case', () => {
    const push = pushWith({ DeviceToken: 'a.b*c', Selector: 'AB:1' });
    expect(hideParameters('A.B*C axbbc ab:1', push)).toBe('[hidden] axbbc [hidden]');
  });

  it('never contain a value of a push that was echoed, however it is encoded', () => {
    const secret = fc
      .string({ unit: 'grapheme', minLength: 6 })
      .filter((text) => !'[DeviceToken]Message'.includes(text));
    fc.assert(
      fc.property(secret, secret, (DeviceToken, Message) => {
        const push = pushWith({ DeviceToken, Message });
        const form = new URLSearchParams([['m', Message]]).toString();
        const echoes = [encodeForm(push.parameters), form, encodeJson(push.parameters), Message];
        for (const echo of echoes) {
          const hidden = hideParameters(echo, push);
          expect(hidden).not.toContain(Message);
          expect(hidden).not.toContain(encodeURIComponent(Message));
          expect(hidden).not.toContain(JSON.stringify(Message).slice(1, -1));
        }
      }),
    );
  });
});
