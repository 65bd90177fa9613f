import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeAnswer, judgeFailure, type Answer } from '../../../../functions/deliver/policy/outcome.ts';

const now = Date.parse('2026-01-02T03:04:05Z');
const judge = (answer: Partial<Answer>) =>
  judgeAnswer({ status: 200, body: '', cut: false, ...answer }, now, (words) => words);

describe('an outcome', () => {
  it.each([
    [200, 'delivered'],
    [202, 'delivered'],
    [204, 'delivered'],
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
  ])('of status %i is %s', (status, kind) => {
    expect(judge({ status })).toMatchObject({ kind, status });
  });

  it.each([
    ['{"code":200,"response":"OK"}', 'delivered', 200],
    ['{"code":404,"response":"gone"}', 'unregistered', 404],
    ['{"status":404}', 'unregistered', 404],
    ['{"code":400,"response":"bad"}', 'rejected', 400],
    ['{"code":500}', 'transient', 500],
    ['{"code":429}', 'throttled', 429],
    ['  {"code":404}\n', 'unregistered', 404],
    ['\uFEFF{"code":404}', 'unregistered', 404],
    ['{"code":null,"status":404}', 'unregistered', 404],
    ['{"code":"404"}', 'delivered', 200],
    ['{"code":0}', 'delivered', 200],
    ['{"code":404.5}', 'delivered', 200],
    ['{"code":404', 'delivered', 200],
    ['[404]', 'delivered', 200],
    ['404', 'delivered', 200],
    ['OK', 'delivered', 200],
    ['<html>404</html>', 'delivered', 200],
  ])('of a 200 with the body %s is %s', (body, kind, status) => {
    expect(judge({ body })).toMatchObject({ kind, status });
  });

  it('does not let a body soften an error status', () => {
    expect(judge({ status: 500, body: '{"code":200}' })).toMatchObject({ kind: 'transient', status: 500 });
  });

  it('of a 2xx that was cut is known only where the part that came says it', () => {
    expect(judge({ cut: true, body: '' })).toMatchObject({ kind: 'transient' });
    expect(judge({ cut: true, body: '{"code":404}' })).toMatchObject({ kind: 'unregistered' });
    expect(judge({ cut: true, body: '{"code":200}' })).toMatchObject({ kind: 'delivered' });
    expect(judge({ cut: true, status: 400 })).toMatchObject({ kind: 'rejected' });
  });

  it('tells the gateway’s words, on one line and cut', () => {
    expect(judge({ status: 400, body: 'No\r\n  such   thing\n' })).toMatchObject({ words: 'No such thing' });
    expect(judge({ body: '{"code":400,"response":"no such thing"}' })).toMatchObject({ words: 'no such thing' });
    expect(judge({ status: 500, body: 'x'.repeat(1000) })).toMatchObject({ words: 'x'.repeat(256) });
  });

  it('of a throttled attempt tells how long the gateway asks to wait', () => {
    expect(judge({ status: 429, retryAfter: '7' })).toMatchObject({ retryAfterMs: 7000 });
    expect(judge({ status: 503, retryAfter: 'Fri, 02 Jan 2026 03:05:05 GMT' })).toMatchObject({ retryAfterMs: 60_000 });
    expect(judge({ status: 503, retryAfter: 'soon' })).not.toHaveProperty('retryAfterMs');
  });

  it('of an attempt without an answer is transient', () => {
    expect(judgeFailure('read ECONNRESET')).toEqual({ kind: 'transient', words: 'read ECONNRESET' });
  });

  it('is one of the union for any answer, with words that UTF-8 can hold', () => {
    const answers = fc.record({
      status: fc.integer({ min: 100, max: 999 }),
      body: fc.oneof(fc.string({ unit: 'binary-ascii' }), fc.string({ unit: 'grapheme', minLength: 250 }), fc.json()),
      retryAfter: fc.option(fc.oneof(fc.string(), fc.nat().map(String)), { nil: undefined }),
      cut: fc.boolean(),
    });
    fc.assert(
      fc.property(answers, (answer) => {
        const outcome = judgeAnswer(answer, now, (words) => words);
        if (outcome.kind === 'delivered') return;
        expect(outcome.words.length).toBeLessThanOrEqual(256);
        expect(outcome.words.isWellFormed()).toBe(true);
      }),
    );
  });
});
