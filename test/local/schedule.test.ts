import { describe, expect, it } from 'vitest';
import { nextTickAt, startSchedule, tickEvent } from '../../local/schedule.ts';
import { patience } from '../support/patience.ts';

const input = '{"scheduledTime":"<aws.scheduler.scheduled-time>"}';
const quarterOfAnHour = 900_000;

/** A schedule with a clock that stands until it is set, whose ticks are kept with how to end them. */
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
  /** Ends the newest tick, and with it what follows at that time. */
  const end = async (error?: Error) => {
    if (error === undefined) ticks.at(-1)?.answer.resolve(null);
    else ticks.at(-1)?.answer.reject(error);
    await new Promise(setImmediate);
  };
  const hasTicked = (times: number) => expect.poll(() => ticks.length, patience).toBe(times);
  return { ticks, errors, stop, setClock, end, hasTicked };
}

describe('a tick', () => {
  it('is at the next multiple of its distance since the epoch, on the same minutes of each hour', () => {
    const at = (time: string) =>
      new Date(nextTickAt(Date.parse(`2026-01-02T${time}Z`), quarterOfAnHour)).toISOString().slice(11, 19);
    expect(at('03:00:00')).toBe('03:15:00');
    expect(at('03:14:59.999')).toBe('03:15:00');
    expect(at('03:50:00')).toBe('04:00:00');
  });

  it('tells its time as AWS does, and the milliseconds only where ticks are that close', () => {
    expect(tickEvent(input, Date.parse('2026-01-02T03:15:00Z'))).toEqual({ scheduledTime: '2026-01-02T03:15:00Z' });
    expect(tickEvent(input, 625)).toEqual({ scheduledTime: '1970-01-01T00:00:00.625Z' });
  });
});

describe('the schedule', () => {
  it('invokes at one multiple after the other, and leaves out those that are due while one runs', async () => {
    const { ticks, errors, stop, setClock, end, hasTicked } = startTicking();
    setClock(21);
    await hasTicked(1);
    setClock(95);
    await end();
    setClock(101);
    await hasTicked(2);
    expect(ticks.map(({ event }) => event)).toEqual([tickEvent(input, 20), tickEvent(input, 100)]);
    await stop();
    expect(errors).toEqual([]);
  });

  it('goes on after a tick that failed', async () => {
    const { errors, stop, setClock, end, hasTicked } = startTicking();
    setClock(21);
    await hasTicked(1);
    await end(new Error('killed'));
    setClock(41);
    await hasTicked(2);
    expect(errors).toEqual(['killed']);
    await stop();
  });

  it('has no tick once it is stopped, and tells no failure of the one that is cut short', async () => {
    const [stopped, other] = [startTicking(), startTicking()];
    stopped.setClock(21);
    await stopped.hasTicked(1);
    await stopped.stop();
    await stopped.end(new Error('the stack is gone'));
    stopped.setClock(41);
    // In the time in which another has one and the next.
    for (const times of [1, 2]) {
      other.setClock(times * 20 + 1);
      await other.hasTicked(times);
      await other.end();
    }
    await other.stop();
    expect(stopped.ticks).toHaveLength(1);
    expect(stopped.errors).toEqual([]);
  });
});
