import { expect, it } from 'vitest';
import { createChances } from '../kernel/chance.ts';
import { createScheduler } from '../kernel/scheduler.ts';
import { startSchedule, type TickTrouble } from './event-bridge.ts';
import type { InvocationEnding } from './event-source-mapping.ts';

const everyMs = 900_000;
const ticks = 100;

/** What a schedule invokes in a hundred intervals, with the seconds of each within its interval. */
async function invocationsOf(trouble: Partial<TickTrouble>, ending: InvocationEnding = { ok: true, answer: {} }) {
  const scheduler = createScheduler();
  const invocations: { readonly requestId: string; readonly tick: number; readonly seconds: number }[] = [];
  startSchedule({
    ...{ scheduler, chance: createChances(1)('ticks'), everyMs },
    trouble: () => ({ missed: 0, twice: 0, dies: 0, ...trouble }),
    isOver: () => scheduler.now() >= ticks * everyMs,
    invoke({ requestId }, onEnd) {
      const tick = Math.floor(scheduler.now() / everyMs);
      invocations.push({ requestId, tick, seconds: (scheduler.now() - tick * everyMs) / 1000 });
      onEnd(ending);
    },
  });
  await scheduler.run(Infinity);
  return invocations;
}

const countOf = (values: readonly unknown[]) => new Set(values).size;

it('invokes once in each interval, within seconds', async () => {
  const invocations = await invocationsOf({});
  expect(invocations.map(({ tick }) => tick)).toEqual(Array.from({ length: ticks }, (_, tick) => tick));
  expect(Math.max(...invocations.map(({ seconds }) => seconds))).toBeLessThan(3);
});

it('misses some ticks, and lets others come twice as two events', async () => {
  const missing = await invocationsOf({ missed: 0.3 });
  expect(missing.length).toBeGreaterThan(50);
  expect(missing.length).toBeLessThan(90);
  const twice = await invocationsOf({ twice: 1 });
  expect(twice).toHaveLength(2 * ticks);
  expect(countOf(twice.map(({ requestId }) => requestId))).toBe(2 * ticks);
  const [first, second] = twice;
  expect(second?.seconds).toBeLessThan((first?.seconds ?? 0) + 240);
});

it('repeats an event that failed after one minute, and after two more', async () => {
  const [first, second, third, next] = await invocationsOf({}, { ok: false, why: 'threw' });
  expect([second?.requestId, third?.requestId]).toEqual([first?.requestId, first?.requestId]);
  const secondsAfter = (one = first) => Math.round((one?.seconds ?? 0) - (first?.seconds ?? 0));
  expect([secondsAfter(second), secondsAfter(third)]).toEqual([60, 180]);
  expect(next?.requestId).not.toBe(first?.requestId);
});
