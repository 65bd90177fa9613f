import { describe, expect, it } from 'vitest';
import { createHistory, kinds, type History } from '../history.ts';
import { createFindings } from '../rules/findings.ts';
import { checkSweep, type SweepEvidence } from './sweep-checker.ts';

const minute = 60_000;
const devices = 450;
const counts = { rows: 500, enqueued: devices, duplicates: 20, filtered: 20, excluded: 5, refused: 5, unchecked: 0 };
const summary = {
  ...{ plan: 'p', run: 'r', verb: 'v', slices: 1, dueFrom: '', dueTo: '', startedAt: '', finishedAt: '' },
  ...{ ...counts, refusedRows: [] },
};
const outcomes = { plan: 'p', run: 'r', delivered: 440, givenUp: { unregistered: 10 }, owner: '', countedAt: '' };
const evidence: SweepEvidence = {
  ...{ pushes: { from: 0, to: devices }, slices: { from: 0, to: 10 } },
  ...{ startMs: 15 * minute, windowMs: 15 * minute, tickMs: 15 * minute, counts, summary, outcomes },
  ...{ mostAtOnce: 450, hasSnapshot: false, areTicksSound: true, isGatewaySound: true, isSound: true },
};
const givenUp = { unregistered: 10, rejected: 0, expired: 0, malformed: 0, exhausted: 0 };
const pushes = { delivered: 440, givenUp, duplicated: 0, deaths: 0 };

interface Steps {
  readonly history: History;
  readonly at: (ms: number) => Steps;
  readonly claim: (tick: number, untilSecond: number) => Steps;
  readonly store: (count?: number) => Steps;
  readonly report: (tick?: number) => Steps;
  readonly deliver: (everySeconds: number, fromMinute?: number) => Steps;
}

/** A history of the one slice of a sweep. */
function story(): Steps {
  let now = 0;
  const history = createHistory(() => now);
  const { record } = history;
  const steps: Steps = {
    history,
    at: (ms) => ((now = ms), steps),
    claim: (tick, untilSecond) => (record(kinds.claimed, 0, tick, untilSecond, 0), steps),
    store(count = devices) {
      for (let device = 0; device < count; device += 1) record(kinds.stored, device, device);
      return steps;
    },
    report: (tick = 1) => (record(kinds.reported, 0, tick, devices), steps),
    deliver(everySeconds, fromMinute = 16) {
      for (let device = 0; device < devices; device += 1) {
        now = fromMinute * minute + device * everySeconds * 1000;
        record(kinds.attempted, device, 0, 1);
      }
      return steps;
    },
  };
  return steps;
}

const begun = () =>
  story()
    .at(15 * minute)
    .claim(1, 29 * 60);
const evenly = (14 * 60) / devices;
const healthy = () => begun().store().report().deliver(evenly);
const check = ({ history }: Steps, more: Partial<SweepEvidence> = {}, others: Partial<typeof pushes> = {}) => {
  const findings = createFindings();
  return { ...findings, ...checkSweep(history, { ...evidence, ...more }, { ...pushes, ...others }, 0, findings) };
};
const violationsOf = (...args: Parameters<typeof check>): string[] => Object.keys(check(...args).violations);

describe('the account of a sweep', () => {
  it('has no fault when all is well', () => {
    expect(violationsOf(healthy())).toEqual([]);
  });

  it('says how even the rate was', () => {
    const { perSecond, perMinute, minutesLate, slices } = check(healthy());
    expect([perSecond, perMinute, slices]).toMatchObject([{ mean: 0.5, most: 1 }, { mean: 30, most: 33 }, 1]);
    expect(minutesLate).toBeCloseTo(0, 1);
  });
});

describe('the rules of a sweep', () => {
  it('find a tick that takes the slice of another, but not once its time is over', () => {
    const words = 'a tick takes or releases a slice that another one holds';
    const takenAt = (ms: number) => violationsOf(begun().at(ms).claim(2, 3000).store().report(2).deliver(evenly));
    expect(takenAt(20 * minute)).toContain(words);
    expect(takenAt(29 * minute)).not.toContain(words);
  });

  it('find a slice that two ticks finish', () => {
    expect(
      violationsOf(
        healthy()
          .at(40 * minute)
          .report(2),
      ),
    ).toContain('two ticks finish the same slice');
  });

  it('find a slice that is reported before the queue has its pushes', () => {
    const early = begun().store(449).report().store().deliver(evenly);
    expect(violationsOf(early)).toEqual(['a slice is reported before the queue has its pushes']);
  });

  it('find pushes that come at once', () => {
    const words = ['a second has too many pushes', 'a minute has too many pushes', 'a minute has too few pushes'];
    expect(violationsOf(begun().store().report().deliver(0))).toEqual(words);
  });

  it('find twice the rate, and pushes after the window', () => {
    const fast = begun()
      .store()
      .report()
      .deliver(evenly / 2);
    expect(violationsOf(fast)).toContain('a minute has too many pushes');
    expect(violationsOf(begun().store().report().deliver(evenly, 20))).toContain(
      'the last pushes come after the window',
    );
  });

  it('allow a late sweep if ticks die, and any rate if the gateway is away for a time', () => {
    expect(violationsOf(begun().store().report().deliver(0, 40), { isGatewaySound: false })).toEqual([]);
    expect(violationsOf(begun().store().report().deliver(evenly, 40), { areTicksSound: false })).toEqual([]);
  });

  it('find a second push to a device, unless something died or an answer was lost', () => {
    const words = ['a device gets a second push although nothing died'];
    expect(violationsOf(healthy(), {}, { duplicated: 1 })).toEqual(words);
    expect(violationsOf(healthy(), {}, { duplicated: 1, deaths: 1 })).toEqual([]);
    expect(violationsOf(healthy(), { isSound: false }, { duplicated: 1 })).toEqual([]);
  });

  it('find a report that is missing, or has a wrong number', () => {
    expect(violationsOf(healthy(), { summary: undefined })).toEqual(['the run has no report']);
    expect(violationsOf(healthy(), { summary: { ...summary, filtered: 19 } })).toEqual([
      'the report has a wrong number: filtered',
    ]);
  });

  it('find outcomes that miss pushes, or that count them twice although nothing died', () => {
    expect(violationsOf(healthy(), { outcomes: undefined })).toEqual(['the outcomes of the run miss pushes']);
    const twice = { outcomes: { ...outcomes, delivered: 441 } };
    expect(violationsOf(healthy(), twice)).toEqual(['the outcomes of the run count pushes twice']);
    expect(violationsOf(healthy(), twice, { deaths: 1 })).toEqual([]);
    expect(violationsOf(healthy(), { outcomes: undefined }, { deaths: 1 })).toEqual([
      'the outcomes of the run miss pushes',
    ]);
  });

  it('find a sweep that goes on a minute after it was withdrawn', () => {
    const withdrawn = { withdrawnAtMs: 18 * minute, summary: undefined };
    const words = ['a sweep goes on that was withdrawn', 'a slice of a withdrawn sweep is reported'];
    const until = (ms: number) => begun().store(10).at(ms).store().report().deliver(evenly);
    expect(violationsOf(until(18 * minute), withdrawn)).toEqual([]);
    expect(violationsOf(until(19 * minute + 1), withdrawn)).toEqual(words);
  });

  it('find a push to a device that is left out', () => {
    const steps = healthy();
    steps.history.record(kinds.excluded, 7);
    const { violations, examples } = check(steps.store());
    expect(violations).toEqual({ 'a device that is left out gets a push': 1 });
    expect(examples).toMatchObject({ 'a device that is left out gets a push': { push: 7 } });
  });

  it('find too many pushes in the memory', () => {
    expect(violationsOf(healthy(), { mostAtOnce: 10_000 })).toEqual(['an instance holds too many pushes at once']);
  });
});
