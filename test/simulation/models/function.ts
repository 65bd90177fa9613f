import type { Chance } from '../kernel/chance.ts';
import { createProcess, type Process } from '../kernel/process.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import type { InvocationEnding } from './event-source-mapping.ts';

export interface Invocation {
  readonly getRemainingTimeInMillis: () => number;
}

export interface FunctionOptions<E> {
  readonly scheduler: Scheduler;
  readonly epochMs: number;
  readonly chance: Chance;
  readonly timeoutMs: number;
  readonly maxInstances?: number;
  /** How far the clock of a new instance is ahead. */
  readonly skewMs: () => number;
  /** The probability that an instance dies at a step of a call. */
  readonly deathProbability: () => number;
  /** The number of the next process. */
  readonly numberOf: () => number;
  /** Runs the code of an instance outside of its handler. */
  readonly start: (process: Process) => (event: E, context: Invocation) => Promise<unknown>;
  readonly onDeath: (process: Process) => void;
}

/** A function of Lambda: its instances take one event at a time, keep their memory, and can die. */
export interface LambdaFunction<E> {
  /** @param task what the invocation is for, for the history. */
  readonly invoke: (event: E, task: number, onEnd: (ending: InvocationEnding) => void) => void;
  /** Replaces all instances: busy ones finish what they do. */
  readonly deploy: () => void;
  /** Lets the next instance that is invoked die soon, at any step. */
  readonly doomNext: () => void;
  readonly instances: () => number;
}

interface Instance<E> {
  readonly process: Process;
  readonly handler: (event: E, context: Invocation) => Promise<unknown>;
  readonly generation: number;
  idleSince: number;
  isDoomed: boolean;
  onDeath: () => void;
}

/** After this time without an event, Lambda ends an instance. */
const idleMs = 600_000;
/** A doomed instance dies with this probability at each step. */
const doom = 0.15;

export function createFunction<E>(options: FunctionOptions<E>): LambdaFunction<E> {
  const { scheduler, epochMs, chance, timeoutMs, skewMs, deathProbability, numberOf, start } = options;
  const idle: Instance<E>[] = [];
  let generation = 0;
  let doomed = 0;
  let started = 0;

  const startInstance = (): Instance<E> => {
    started += 1;
    const process = createProcess({
      id: numberOf(),
      scheduler,
      epochMs: epochMs + skewMs(),
      chance,
      deathProbability: () => (instance.isDoomed ? doom : deathProbability()),
      onDeath: () => {
        options.onDeath(process);
        instance.onDeath();
      },
    });
    const instance: Instance<E> = {
      process,
      handler: start(process),
      generation,
      idleSince: 0,
      isDoomed: false,
      onDeath: () => undefined,
    };
    return instance;
  };
  const takeIdle = (): Instance<E> | undefined => {
    for (;;) {
      const instance = idle.pop();
      if (instance === undefined) return undefined;
      const isKept = instance.generation === generation && scheduler.now() - instance.idleSince < idleMs;
      if (isKept) return instance;
    }
  };

  const run = (instance: Instance<E>, event: E, task: number, onEnd: (ending: InvocationEnding) => void) => {
    const { process } = instance;
    const deadline = scheduler.now() + timeoutMs;
    let isOver = false;
    const end = (ending: InvocationEnding) => {
      if (isOver) return;
      isOver = true;
      instance.onDeath = () => undefined;
      process.task = -1;
      if (process.isAlive()) {
        process.freeze();
        instance.idleSince = scheduler.now();
        idle.push(instance);
      }
      onEnd(ending);
    };
    process.task = task;
    process.thaw();
    instance.onDeath = () => {
      end({ ok: false, why: 'died' });
    };
    if (doomed > 0) {
      doomed -= 1;
      instance.isDoomed = true;
    }
    scheduler.at(deadline, () => {
      if (isOver) return;
      instance.onDeath = () => {
        end({ ok: false, why: 'time-out' });
      };
      process.kill();
    });
    scheduler.wake();
    instance.handler(event, { getRemainingTimeInMillis: () => deadline - scheduler.now() }).then(
      (answer) => {
        end({ ok: true, answer });
      },
      () => {
        end({ ok: false, why: 'threw' });
      },
    );
  };

  return {
    invoke(event, task, onEnd) {
      const kept = takeIdle();
      const coldMs = kept === undefined ? chance.between(200, 500) : 0;
      const instance = kept ?? startInstance();
      scheduler.after(coldMs + chance.between(1, 4), () => {
        run(instance, event, task, onEnd);
      });
    },
    deploy() {
      generation += 1;
    },
    doomNext() {
      doomed += 1;
    },
    instances: () => started,
  };
}
