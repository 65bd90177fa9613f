import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeAnswer, type Answer, type Outcome } from '../../../../functions/deliver/policy/outcome.ts';

const now = Date.parse('2026-01-02T03:04:05Z');
const judge = (answer: Partial<Answer>) => judgeAnswer({ status: 200, body: '', ...answer }, now, (words) => words);
const wordsOf = (outcome: Outcome) => ('words' in outcome ? outcome.words() : '');

describe('an answer', () => {
  it.each([
    [200, 'delivered'],
    [202, 'delivered'],
    [204, 'delivered'],
    [299, 'delivered'],
    [300, 'rejected'],
    [301, 'rejected'],
    [302, 'rejected'],
    [304, 'rejected'],
    [307, 'rejected'],
    [400, 'rejected'],
    [401, 'rejected'],
    [403, 'rejected'],
    [404, 'unregistered'],
    [408, 'transient'],
    [410, 'unregistered'],
    [413, 'rejected'],
    [425, 'transient'],
    [429, 'throttled'],
    [500, 'transient'],
    [502, 'transient'],
    [503, 'throttled'],
    [504, 'transient'],
    [599, 'transient'],
  ])('with the status %i is %s', (status, kind) => {
    expect(judge({ status })).toMatchObject({ kind, status });
  });

  it('with a status below 200, which HTTP does not allow, is no final answer: the push is retried', () => {
    expect(judge({ status: 199 })).toMatchObject({ kind: 'transient' });
  });

  it.each([
    ['{"code":200,"response":"OK"}', 'delivered', 200],
    ['{"code":299}', 'delivered', 299],
    ['{"code":300}', 'rejected', 300],
    ['{"code":404,"response":"gone"}', 'unregistered', 404],
    ['{"code":404,"response":{}}', 'unregistered', 404],
    ['{"status":404}', 'unregistered', 404],
    ['{"code":400,"response":"bad"}', 'rejected', 400],
    ['{"code":500}', 'transient', 500],
    ['{"code":599}', 'transient', 599],
    ['{"code":429}', 'throttled', 429],
    ['  {"code":404}\n', 'unregistered', 404],
    ['\uFEFF{"code":404}', 'unregistered', 404],
    ['{"code":null,"status":404}', 'unregistered', 404],
    ['{"code":200,"status":404}', 'delivered', 200],
    ['{"status":200,"response":"OK"}', 'delivered', 200],
    ['{"status":400,"response":"Missing: Selector"}', 'rejected', 400],
    ['{"response":"trouble","status":500}', 'transient', 500],
  ])('200 with the body %s is %s', (body, kind, status) => {
    expect(judge({ body })).toMatchObject({ kind, status });
  });

  it.each([
    ['{"code":"404"}'],
    ['{"code":0}'],
    ['{"code":199}'],
    ['{"code":600}'],
    ['{"code":1000}'],
    ['{"code":404.5}'],
    ['{"code":404'],
    ['{"code":[404]}'],
    ['[404]'],
    ['404'],
    ['null'],
    ['OK'],
    ['<xml/>'],
    ['page: <html>'],
    ['<htmlx>'],
  ])('200 with the body %s, which says nothing about the push, is delivered once', (body) => {
    expect(judge({ body })).toEqual({ kind: 'delivered', status: 200 });
  });

  it.each(['<html>404</html>', '\uFEFF\n<!DOCTYPE html><p>OK', '<HTML lang="en">', '<!doctype html>'])(
    '200 with the HTML page %j is delivered, and known to be a page',
    (body) => {
      expect(judge({ body })).toEqual({ kind: 'delivered', status: 200, isPage: true });
    },
  );

  it('that is final has no time to wait, even with a Retry-After', () => {
    expect(JSON.stringify(judge({ status: 400, retryAfter: '7' }))).toBe('{"kind":"rejected","status":400}');
  });

  it('with an error status stays an error, whatever its body says', () => {
    expect(judge({ status: 500, body: '{"code":200}' })).toMatchObject({ kind: 'transient', status: 500 });
  });

  it.each([
    ['', 'transient'],
    ['{"response":"OK"}', 'transient'],
    ['{"code":404}', 'unregistered'],
    ['{"code":200}', 'delivered'],
  ])('200 that was cut after %j is %s', (body, kind) => {
    expect(judge({ failure: 'no complete answer', body })).toMatchObject({
      kind,
      status: body.includes('404') ? 404 : 200,
    });
  });

  it('200 that was cut says why its rest is missing', () => {
    const failure = 'no complete answer within 10000 ms';
    expect(judge({ failure, body: 'O' })).toEqual({ kind: 'transient', status: 200, failure });
  });

  it('400 that was cut is rejected', () => {
    expect(judge({ failure: 'no complete answer', status: 400 })).toMatchObject({ kind: 'rejected' });
  });

  it('keeps the gateway’s words, on one line of at most 256 characters', () => {
    expect(wordsOf(judge({ status: 400, body: ' No\r\n  such   thing\n' }))).toBe('No such thing');
    expect(wordsOf(judge({ body: '{"code":400,"response":"no such thing"}' }))).toBe('no such thing');
    expect(wordsOf(judge({ body: '{"code":404,"response":{}}' }))).toBe('{"code":404,"response":{}}');
    expect(wordsOf(judge({ status: 403, body: '{"code":400,"response":"no"}' }))).toBe('no');
    expect(wordsOf(judge({ status: 500, body: 'x'.repeat(1000) }))).toBe('x'.repeat(256));
  });

  it('hides a token even if the cut would leave only half of it', () => {
    const hide = (words: string) => words.replaceAll('TOKEN', '[hidden]');
    const body = `${'x'.repeat(253)}TOKEN`;
    expect(wordsOf(judgeAnswer({ status: 400, body }, now, hide))).toBe(`${'x'.repeat(253)}[hi`);
  });

  it('is searched for words to hide once they are asked for, and then only once', () => {
    let searches = 0;
    const hide = (words: string) => {
      searches += 1;
      return words;
    };
    const outcome = judgeAnswer({ status: 500, body: 'no' }, now, hide);
    expect(searches).toBe(0);
    expect([wordsOf(outcome), wordsOf(outcome)]).toEqual(['no', 'no']);
    expect(searches).toBe(1);
  });

  it('has no words as JSON, so that no log can have them', () => {
    expect(JSON.stringify(judge({ status: 500, body: 'TOKEN' }))).toBe('{"kind":"transient","status":500}');
  });

  it('is one of the outcomes whatever it contains, with words that UTF-8 can encode', () => {
    const answers = fc.record({
      status: fc.integer({ min: 100, max: 999 }),
      body: fc.oneof(fc.string({ unit: 'binary-ascii' }), fc.string({ unit: 'grapheme', minLength: 250 }), fc.json()),
      retryAfter: fc.option(fc.oneof(fc.string(), fc.nat().map(String)), { nil: undefined }),
      failure: fc.option(fc.constant('no complete answer'), { nil: undefined }),
    });
    fc.assert(
      fc.property(answers, (answer) => {
        const outcome = judge(answer);
        const words = wordsOf(outcome);
        expect(words.length).toBeLessThanOrEqual(256);
        expect(words.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('a throttled push', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 5 ', 5000],
    ['Fri, 02 Jan 2026 03:04:35 GMT', 30_000],
    ['Friday, 02-Jan-26 03:04:35 GMT', 30_000],
    ['Fri Jan  2 03:04:35 2026', 30_000],
    ['Thu, 01 Jan 2026 03:04:35 GMT', 0],
  ])('is retried after the time in Retry-After %j: %i ms', (retryAfter, retryAfterMs) => {
    expect(judge({ status: 503, retryAfter })).toMatchObject({ kind: 'throttled', retryAfterMs });
    expect(judge({ status: 429, retryAfter })).toMatchObject({ kind: 'throttled', retryAfterMs });
  });

  it.each([
    '',
    '-5',
    '5 s',
    's 5',
    '3.5',
    'soon',
    'Fri, 99 Jan 2026 03:04:35 GMT',
    '02 Jan 2026 03:04:35 (Fri) GMT',
    undefined,
  ])('with the Retry-After %j, which is none, is retried after the backoff', (retryAfter) => {
    expect(judge({ status: 503, retryAfter })).not.toHaveProperty('retryAfterMs');
  });
});
