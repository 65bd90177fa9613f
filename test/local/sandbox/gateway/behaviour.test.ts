import { describe, expect, it } from 'vitest';
import {
  changed,
  judge,
  readChange,
  shownBehaviour,
  well,
  type Behaviour,
} from '../../../../local/sandbox/gateway/behaviour.ts';

const nowMs = Date.parse('2026-01-02T03:04:05.000Z');
const with_ = (part: Partial<Behaviour>): Behaviour => ({ ...well, ...part });

describe('a change of the behaviour', () => {
  it.each([
    ['{}', {}],
    ['{"away":true}', { away: true }],
    ['{"away":true,"awaySeconds":0.5}', { away: true, awaySeconds: 0.5 }],
    ['{"slowMs":0,"failure":null,"pushesPerSecond":null}', { slowMs: 0, failure: null, pushesPerSecond: null }],
    ['{"failure":{"status":503,"percent":100}}', { failure: { status: 503, percent: 100 } }],
  ])('can be %s', (text, value) => {
    expect(readChange(text)).toEqual({ ok: true, value });
  });

  it.each([
    ['', 'The body is not JSON: send an object with away, awaySeconds, slowMs, failure, pushesPerSecond.'],
    ['[]', 'The body must be a JSON object with away, awaySeconds, slowMs, failure, pushesPerSecond.'],
    ['{"Away":true}', 'Away is unknown: use away, awaySeconds, slowMs, failure, pushesPerSecond.'],
    ['{"away":"yes"}', 'away must be true or false.'],
    ['{"awaySeconds":60}', 'awaySeconds is how long an outage lasts: add "away": true, or leave it out.'],
    ['{"away":false,"awaySeconds":60}', 'awaySeconds is how long an outage lasts: add "away": true, or leave it out.'],
    ['{"away":true,"awaySeconds":0}', 'awaySeconds must be a number above 0 and up to 86400.'],
    ['{"away":true,"awaySeconds":86401}', 'awaySeconds must be a number above 0 and up to 86400.'],
    ['{"slowMs":-1}', 'slowMs must be a whole number from 0 to 600000.'],
    ['{"slowMs":0.5}', 'slowMs must be a whole number from 0 to 600000.'],
    ['{"failure":500}', 'failure must be an object.'],
    ['{"failure":{"status":500}}', 'failure.percent is missing.'],
    ['{"failure":{"status":500,"percent":30,"x":1}}', 'failure.x is unknown.'],
    ['{"failure":{"status":399,"percent":30}}', 'failure.status must be a whole number from 400 to 599.'],
    ['{"failure":{"status":500,"percent":0}}', 'failure.percent must be a whole number from 1 to 100.'],
    ['{"pushesPerSecond":0}', 'pushesPerSecond must be a whole number from 1 to 1000, or null.'],
  ])('cannot be %s', (text, error) => {
    expect(readChange(text)).toEqual({ ok: false, error });
  });

  it('is refused with everything that is wrong', () => {
    const reading = readChange('{"away":1,"slowMs":"5"}');
    const error = 'away must be true or false. slowMs must be a whole number from 0 to 600000.';
    expect(reading).toEqual({ ok: false, error });
  });

  it('leaves the rest as it is', () => {
    const all = with_({ slowMs: 5, failure: { status: 500, percent: 30 }, pushesPerSecond: 2 });
    expect(changed(all, {}, nowMs)).toEqual(all);
    expect(changed(all, { failure: null }, nowMs)).toEqual({ ...all, failure: null });
    expect(changed(all, { slowMs: 0, pushesPerSecond: null }, nowMs)).toEqual(with_({ failure: all.failure }));
  });

  it('begins an outage with or without an end, and ends it', () => {
    const outage = changed(well, { away: true, awaySeconds: 60 }, nowMs);
    expect(outage).toEqual({ ...well, away: true, awayUntilMs: nowMs + 60_000 });
    expect(changed(outage, { slowMs: 5 }, nowMs)).toEqual({ ...outage, slowMs: 5 });
    expect(changed(outage, { away: true }, nowMs)).toEqual({ ...well, away: true });
    expect(changed(outage, { away: false }, nowMs)).toEqual(well);
  });
});

describe('the judgement of a push', () => {
  const judgements = (behaviour: Behaviour, pushes: readonly (readonly [chance: number, nowMs: number])[]) => {
    let takenMs: readonly number[] = [];
    return pushes.map(([chance, atMs]) => {
      const judged = judge(behaviour, takenMs, chance, atMs);
      takenMs = judged.takenMs;
      return judged.judgement.kind;
    });
  };

  it('lets every push pass while the gateway is well', () => {
    expect(judge(well, [], 0, nowMs)).toEqual({ judgement: { kind: 'pass' }, takenMs: [] });
  });

  it('answers an error to the share of the pushes', () => {
    const failing = with_({ failure: { status: 502, percent: 30 } });
    expect(judge(failing, [], 0.299, nowMs).judgement).toEqual({ kind: 'fail', status: 502 });
    expect(judge(failing, [], 0.3, nowMs).judgement).toEqual({ kind: 'pass' });
    const always = with_({ failure: { status: 502, percent: 100 } });
    expect(judge(always, [], 0.999, nowMs).judgement).toEqual({ kind: 'fail', status: 502 });
  });

  it('takes no more pushes than the limit in any second, and does not count the others', () => {
    const limited = with_({ pushesPerSecond: 2 });
    const at = [0, 500, 600, 999, 1000, 1200, 1500].map((ms) => [0, ms] as const);
    expect(judgements(limited, at)).toEqual(['pass', 'pass', 'limit', 'limit', 'pass', 'limit', 'pass']);
    expect(judge(limited, [0, 1], 0, 2).judgement).toEqual({ kind: 'limit', retryAfterSeconds: 1 });
  });

  it('counts the pushes that it answers with an error', () => {
    const both = with_({ pushesPerSecond: 1, failure: { status: 500, percent: 50 } });
    expect(
      judgements(both, [
        [0.1, 0],
        [0.9, 1],
      ]),
    ).toEqual(['fail', 'limit']);
  });

  it('remembers no push without a limit', () => {
    expect(judge(well, [1, 2], 0, 3).takenMs).toEqual([]);
  });
});

describe('the behaviour in words', () => {
  it.each([
    [well, 'well'],
    [with_({ away: true, slowMs: 5 }), 'away'],
    [with_({ slowMs: 300 }), 'slow by 300 ms'],
    [
      with_({ slowMs: 300, failure: { status: 500, percent: 30 }, pushesPerSecond: 5 }),
      'slow by 300 ms, 500 for 30%, 429 above 5/s',
    ],
  ])('%o is: %s', (behaviour, words) => {
    expect(shownBehaviour(behaviour, undefined)).toMatchObject({ words, away: behaviour.away });
  });

  it('says when an outage ends, and why the gateway cannot come back', () => {
    const outage = with_({ away: true, awayUntilMs: nowMs });
    expect(shownBehaviour(outage, undefined)).toMatchObject({ words: 'away', awayUntil: '2026-01-02T03:04:05.000Z' });
    expect(shownBehaviour(well, 'why')).toMatchObject({ words: 'cannot come back', fault: 'why', away: false });
  });
});
