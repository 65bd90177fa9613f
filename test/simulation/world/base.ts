import type { Log } from '../../../shared/log.ts';
import { lambdaContext } from '../../support/lambda-context.ts';
import { createHistory, kinds, type History } from '../history.ts';
import { createChances, type Chance } from '../kernel/chance.ts';
import type { Process } from '../kernel/process.ts';
import { createScheduler, type Scheduler } from '../kernel/scheduler.ts';
import type { FunctionOptions } from '../models/function.ts';
import type { Plant } from '../plant.ts';
import type { Scenario } from '../scenario.ts';

export interface RunOptions {
  readonly seed: number;
  readonly pushes: number;
  readonly scenario: Scenario;
  /** A fault of the relay that the run must find. */
  readonly plant?: Plant | undefined;
  /** Is told once an hour of the run. */
  readonly onHour?: (hours: number) => void;
}

/** What the parts of a world share. */
export interface Base {
  readonly options: RunOptions;
  readonly chanceFor: (concern: string) => Chance;
  readonly scheduler: Scheduler;
  readonly history: History;
  readonly log: Log;
  /** What the functions have in common, apart from their code. */
  readonly functionOptions: Omit<FunctionOptions<unknown>, 'chance' | 'timeoutMs' | 'start'>;
}

/** 2026-01-01, the time at the start of every run. */
export const epochMs = Date.UTC(2026, 0, 1);

/** What no handler looks at. */
export const lambda = lambdaContext();

/** Creates the clock, the chances and the history of a run. */
export function createBase(options: RunOptions): Base {
  const { seed, scenario } = options;
  const chanceFor = createChances(seed);
  const scheduler = createScheduler();
  const history = createHistory(scheduler.now);
  const skewChance = chanceFor('skew');
  const skewMs = () => {
    const { skewMs: most = 0 } = scenario;
    return most === 0 ? 0 : Math.round(skewChance.between(-most, most));
  };
  const onDeath = (process: Process) => {
    history.record(kinds.died, process.id, process.task);
  };
  return {
    ...{ options, chanceFor, scheduler, history },
    functionOptions: { scheduler, epochMs, skewMs, numberOf: counter(), onDeath, deathProbability: () => 0 },
    log: {
      info: () => undefined,
      warn: () => undefined,
      metrics: () => undefined,
      error(_message, fields) {
        if (fields?.['status'] === 500) history.record(kinds.mishap, 2);
      },
    },
  };
}

/** Numbers things from 0. */
export function counter(): () => number {
  let next = 0;
  return () => next++;
}
