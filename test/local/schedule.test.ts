import { describe, expect, it } from 'vitest';
import { nextTickAt, startSchedule, tickEvent } from '../../local/schedule.ts';
import { patience } from '../support/patience.ts';

const input = '{"scheduledTime":"<aws.scheduler.scheduled-time>"}';
const quarterHourMs = 900_000;

/** A schedule whose clock stands still until it is set. Each of its ticks lasts until the test ends it. */
function startTicking() {
  let time = 1;
  const ticks: { readonly event: unknown; readonly answer: PromiseWithResolvers<unknown> }[] = [];
  const errors: string[] = [];
  const stop = startSchedule({
    tickMs: 20,
    input,
    invoke: (event) => {
      const answer = Promise.withResolvers<unknown>();
      ticks.push({ event, answer });
      return answer.promise;
    },
    onError: ({ message }) => errors.push(message),
    now: () => time,
  });
  const setClock = (ms: number) => {
    time = ms;
  };
  /** Ends the newest tick, and waits for what follows. */
  const end = async (error?: Error) => {
    if (error === undefined) ticks.at(-1)?.answer.resolve(null);
    else ticks.at(-1)?.answer.reject(error);
    await new Promise(setImmediate);
  };
  const hasTicked = (times: number) => expect.poll(() => ticks.length, patience).toBe(times);
  return { ticks, errors, stop, setClock, end, hasTicked };
}

describe('a tick', () => {
  it('is at the next multiple of its interval since the epoch, so at the same minutes of each hour', () => {
    const at = (time: string) =>
      new Date(nextTickAt(Date.parse(`2026-01-02T${time}Z`), quarterHourMs)).toISOString().slice(11, 19);
    expect(at('03:00:00')).toBe('03:15:00');
    expect(at('03:14:59.999')).toBe('03:15:00');
    expect(at('03:50:00')).toBe('04:00:00');
  });

  it('carries its time as AWS writes it, with milliseconds only if it is not at a full second', () => {
    expect(tickEvent(input, Date.parse('2026-01-02T03:15:00Z'))).toEqual({ scheduledTime: '2026-01-02T03:15:00Z' });
    expect(tickEvent(input, 625)).toEqual({ scheduledTime: '1970-01-01T00:00:00.625Z' });
  });
});

describe('the schedule', () => {
  it('invokes the function at each multiple, and skips those that are due while a tick runs', async () => {
    const { ticks, errors, stop, setClock, end, hasTicked } = startTicking();
    setClock(21);
    await hasTicked(1);
    setClock(95);
    await end();
    setClock(101);
    await hasTicked(2);
    expect(ticks.map(({ event }) => event)).toEqual([tickEvent(input, 20), tickEvent(input, 100)]);
    stop();
    expect(errors).toEqual([]);
  });

  it('goes on after a failed tick', async () => {
    const { errors, stop, setClock, end, hasTicked } = startTicking();
    setClock(21);
    await hasTicked(1);
    await end(new Error('killed'));
    setClock(41);
    await hasTicked(2);
    expect(errors).toEqual(['killed']);
    stop();
  });

  it('has no tick once it is stopped, and does not report the failure of the tick that a stop interrupts', async () => {
    const [stopped, other] = [startTicking(), startTicking()];
    stopped.setClock(21);
    await stopped.hasTicked(1);
    stopped.stop();
    await stopped.end(new Error('the stack is gone'));
    stopped.setClock(41);
    // Meanwhile, another schedule has two ticks.
    for (const times of [1, 2]) {
      other.setClock(times * 20 + 1);
      await other.hasTicked(times);
      await other.end();
    }
    other.stop();
    expect(stopped.ticks).toHaveLength(1);
    expect(stopped.errors).toEqual([]);
  });
});
