import { setTimeout as delay } from 'node:timers/promises';
import { formatDuration } from '../../shared/duration.ts';
import { readStates, type PlanState } from '../../shared/sweeps/plan-state.ts';
import type { TextCache } from '../../shared/sweeps/run-record.ts';
import { exitCodes, widthOf, type ExitCode, type Given } from '../cli-context.ts';
import { createProgress } from '../progress.ts';
import type { SweepConnection } from './connection.ts';
import { jsonOf, linesOf, tableOf } from './state-view.ts';
import { stateOf } from './state.ts';

/** Prints the states of all plans, as JSON or as `render` does. */
function print(
  { context, speed }: SweepConnection,
  states: readonly PlanState[],
  json: boolean | undefined,
  render: () => string,
): void {
  const text = states.length === 0 ? 'There are no sweeps.' : render();
  const plans = states.map((state) => jsonOf(state, speed));
  context.stdout.write(`${json ? JSON.stringify({ plans }, null, 2) : text}\n`);
}

/** Shows all plans, one line each. */
export async function list(connection: SweepConnection, { json }: Given<{ json: boolean }>): Promise<ExitCode> {
  const { context, speed } = connection;
  const states = await readStates(connection);
  print(connection, states, json, () => tableOf(states, speed, widthOf(context.stdout)).join('\n'));
  return exitCodes.ok;
}

/**
 * Shows the state of one plan or of all. On a terminal, follows a run that is in progress, or begins with the next
 * tick, until it has ended.
 * @throws UsageError if there is no such plan.
 */
export async function status(
  connection: SweepConnection,
  name: string | undefined,
  { json }: Given<{ json: boolean }>,
): Promise<ExitCode> {
  const { context, speed } = connection;
  const { stdout, now, interrupted } = context;
  let states = name === undefined ? await readStates(connection) : [await stateOf(connection, name)];
  const [only, ...others] = states;
  if (stdout.isTTY === true && !json && only !== undefined && others.length === 0) {
    states = [await follow(connection, only)];
  }
  if (json && name !== undefined && only !== undefined) {
    stdout.write(`${JSON.stringify(jsonOf(only, speed), null, 2)}\n`);
  } else {
    const render = () => states.map((state) => linesOf(state, speed, now()).join('\n')).join('\n\n');
    print(connection, states, json, render);
  }
  return interrupted.aborted ? exitCodes.interrupted : exitCodes.ok;
}

type Followed = Extract<PlanState, { readonly kind: 'waiting' | 'running' }>;

/** Whether a run is in progress or begins with the next tick. */
function isInProgress(state: PlanState, { tickMs, context }: SweepConnection): state is Followed {
  if (state.kind === 'running') return true;
  return state.kind === 'waiting' && state.next.startMs - context.now() <= tickMs;
}

function runIdOf(state: Followed): string {
  return state.kind === 'waiting' ? state.next.id : state.last.run.id;
}

/** Each reading costs a few requests, and the state changes only with the ticks. */
const maxPauseMs = 5000;

/** Shows the progress of a plan until its run has ended, or the user interrupts it. The next run is not followed. */
async function follow(connection: SweepConnection, begun: PlanState): Promise<PlanState> {
  const { tickMs, context } = connection;
  const { stderr, now, interrupted } = context;
  const progress = createProgress(stderr, now);
  const cache: TextCache = new Map();
  const pauseMs = Math.min(maxPauseMs, Math.max(100, tickMs / 4));
  let state = begun;
  let runId: string | undefined;
  try {
    while (isInProgress(state, connection)) {
      if (runIdOf(state) !== (runId ??= runIdOf(state))) break;
      progress.show(...progressOf(state, now()));
      await delay(pauseMs, undefined, { signal: interrupted }).catch(() => undefined);
      if (interrupted.aborted) break;
      state = await stateOf(connection, state.name, cache);
    }
    return state;
  } finally {
    progress.end();
  }
}

function progressOf(state: Followed, nowMs: number): [done: number, total: number, words: string] {
  if (state.kind === 'waiting') return [0, 1, `begins in ${formatDuration(state.forecast.beginsMs - nowMs)}`];
  const { slices, slicesDone, tally, outcomes, endsMs } = state.last;
  const words = [
    `${String(slicesDone)} of ${String(slices)} slices`,
    `${String(tally.enqueued)} enqueued`,
    ...(outcomes === undefined ? [] : [`${String(outcomes.delivered)} delivered`]),
    ...(tally.refused > 0 ? [`${String(tally.refused)} refused`] : []),
    `ends in ${formatDuration(endsMs - nowMs)}`,
  ];
  return [slicesDone, slices, words.join(', ')];
}
