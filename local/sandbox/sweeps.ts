import type { FauxqsServer } from 'fauxqs';
import { isDeepStrictEqual } from 'node:util';
import { plansFolder } from '../../shared/sweeps/keys.ts';
import { readStates, type Plans, type PlanState } from '../../shared/sweeps/plan-state.ts';
import { sliceOf } from '../../shared/sweeps/run.ts';
import { follow } from '../embedded-aws.ts';
import type { ShownSweep, ShownSweeps } from './api.ts';
import type { Rates } from './rates.ts';

/** How many sweeps are shown. */
const shownAtMost = 50;

export type Sweeps = ReturnType<typeof createSweeps>;

/** The sweeps of the local stack. They are read again when something has changed in the bucket. */
export function createSweeps(rates: Rates) {
  let states: readonly PlanState[] = [];
  let shown: ShownSweeps = { sweeps: [], total: 0 };
  let version = 0;
  let isStale = true;
  let isReading = false;

  return {
    /** Follows the changes of the plans, and of what the ticks write beside them. */
    follow(aws: FauxqsServer) {
      follow(aws, (event) => {
        if (event.service === 's3' && event.status !== 'downloaded' && event.key.startsWith(plansFolder))
          isStale = true;
      });
    },

    /** Takes what has changed. Some states end by time alone. Rejects with the errors of the bucket. */
    async take(plans: Plans, nowMs: number) {
      if (isReading) return;
      const { tickMs } = plans;
      if (isStale) {
        isReading = true;
        isStale = false;
        try {
          states = await readStates(plans);
        } catch (error) {
          isStale = true;
          throw error;
        } finally {
          isReading = false;
        }
      }
      const sweeps = states.map((state) => shownSweep(state, tickMs, rates, nowMs));
      sweeps.sort((a, b) => (b.beginsAt ?? '').localeCompare(a.beginsAt ?? ''));
      const next = { sweeps: sweeps.slice(0, shownAtMost), total: states.length };
      if (isDeepStrictEqual(next, shown)) return;
      shown = next;
      version += 1;
    },
    version: () => version,
    read: () => shown,
  };
}

function shownSweep(state: PlanState, tickMs: number, rates: Rates, nowMs: number): ShownSweep {
  const { name, plan, last } = state;
  const faults = state.kind === 'faulty' ? state.faults.map(({ detail }) => detail) : [];
  const common = { name, ...(plan && { verb: plan.verb }), ...(faults.length > 0 && { faults }) };
  if (state.kind === 'waiting' && last === undefined) {
    const { next, forecast } = state;
    return {
      ...{ ...common, state: 'waiting', run: next.id, windowSeconds: next.windowMs / 1000 },
      beginsAt: new Date(forecast.beginsMs).toISOString(),
      endsAt: new Date(forecast.endsMs).toISOString(),
    };
  }
  if (last === undefined) return { ...common, state: 'faulty' };
  const { run, slices, slicesDone, endsMs, tally } = last;
  const counted = rates.of(name, run.id);
  const { enqueued: pushes, duplicates, filtered, excluded, refused, refusedRows } = tally;
  const share = slicesDone === 0 ? 0 : sliceOf(run, slicesDone - 1, tickMs).to;
  const mean = share === 0 || run.windowMs === 0 ? undefined : pushes / share / (run.windowMs / 1000);
  // A run has ended for the function when its last slice is on the queue.
  const isRunning = state.kind === 'running' || endsMs > nowMs;
  return {
    ...{ ...common, state: isRunning ? 'running' : state.kind, run: run.id, windowSeconds: run.windowMs / 1000 },
    beginsAt: new Date(run.startMs).toISOString(),
    endsAt: new Date(endsMs).toISOString(),
    ...{ slices, slicesDone, pushes, duplicates, leftOut: filtered + excluded, refused },
    refusedRows: refusedRows.map(({ line, reason }) => ({ line, reason })),
    ...(mean !== undefined && { meanPerSecond: Number(mean.toPrecision(4)) }),
    delivered: counted?.totals.delivered ?? 0,
    givenUp: counted?.totals.givenUp ?? 0,
    ...(counted && { rate: counted.rate }),
  };
}
