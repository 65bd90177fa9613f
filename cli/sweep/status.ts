import { setTimeout as delay } from 'node:timers/promises';
import { exitCodes, type ExitCode } from '../cli-context.ts';
import { formatDuration } from '../duration.ts';
import { createProgress } from '../progress.ts';
import type { SweepConnection } from './connection.ts';
import { findPlan, noSuchPlan } from './find-plan.ts';
import { readStates } from './list.ts';
import type { TextCache } from '../../shared/sweeps/run-record.ts';
import { jsonOf, linesOf } from './state-view.ts';
import { readState, type PlanState } from './state.ts';

export interface StatusOptions {
  /** Of one plan; without it, all are told. */
  readonly name?: string | undefined;
  readonly json?: boolean | undefined;
}

/**
 * Tells how it stands with a plan, or with all of them. On a terminal it follows a run that goes on, or is about to
 * begin, until it has ended.
 * @throws UsageError where there is no plan of that name.
 */
export async function status(connection: SweepConnection, { name, json }: StatusOptions): Promise<ExitCode> {
  const { stdout, now, interrupted } = connection.context;
  let states = name === undefined ? await readStates(connection) : [await stateOf(connection, name)];
  const [only] = states.filter((state) => isGoingOn(state, connection));
  if (stdout.isTTY === true && !json && only !== undefined && (name !== undefined || states.length === 1)) {
    states = [await follow(connection, only)];
  }
  const nowMs = now();
  if (json) {
    const plans = states.map((state) => jsonOf(state, connection.speed));
    stdout.write(`${JSON.stringify(name === undefined ? { plans } : plans[0], null, 2)}\n`);
  } else if (states.length === 0) {
    stdout.write('There are no sweeps.\n');
  } else {
    const blocks = states.map((state) => linesOf(state, { ...connection, nowMs }).join('\n'));
    stdout.write(`${blocks.join('\n\n')}\n`);
  }
  return interrupted.aborted ? exitCodes.interrupted : exitCodes.ok;
}

async function stateOf(connection: SweepConnection, name: string, cache?: TextCache): Promise<PlanState> {
  const state = await readState(connection, await findPlan(connection, name), cache);
  if (state === undefined) throw noSuchPlan(name);
  return state;
}

/** Whether it is worth waiting for. */
function isGoingOn(state: PlanState, { tickMs, context }: SweepConnection): boolean {
  if (state.kind === 'running') return true;
  return state.kind === 'waiting' && state.next.startMs - context.now() <= tickMs;
}

/** A look costs a few requests, and nothing changes faster than the ticks come. */
const longestPauseMs = 5000;

/** Shows how far a plan is until its run has ended, it is gone, or the person has seen enough. */
async function follow(connection: SweepConnection, begun: PlanState): Promise<PlanState> {
  const { tickMs, context } = connection;
  const { stderr, now, interrupted } = context;
  const progress = createProgress(stderr, now);
  const cache: TextCache = new Map();
  const pauseMs = Math.min(longestPauseMs, Math.max(100, tickMs / 4));
  let state = begun;
  try {
    while (isGoingOn(state, connection)) {
      progress.show(...progressOf(state, now()));
      try {
        await delay(pauseMs, undefined, { signal: interrupted });
      } catch {
        return state;
      }
      state = await stateOf(connection, state.name, cache);
    }
    return state;
  } finally {
    progress.end();
  }
}

function progressOf(state: PlanState, nowMs: number): [done: number, total: number, words: string] {
  if (state.kind === 'waiting') {
    return [0, 1, `begins in ${formatDuration(state.forecast.beginsMs - nowMs)}`];
  }
  if (state.kind === 'faulty') return [0, 1, 'faulty'];
  const { slices, slicesDone, tally, endsMs } = state.last;
  const { enqueued, refused } = tally;
  const words = [
    `${String(slicesDone)} of ${String(slices)} slices`,
    `${String(enqueued)} enqueued`,
    ...(refused > 0 ? [`${String(refused)} refused`] : []),
    `ends in ${formatDuration(endsMs - nowMs)}`,
  ];
  return [slicesDone, slices, words.join(', ')];
}
