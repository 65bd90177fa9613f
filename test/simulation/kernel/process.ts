import type { Chance } from './chance.ts';
import type { Scheduler } from './scheduler.ts';

/** How one call to the outside goes. */
export type Fate =
  | 'well'
  /** It gets there, and its effect is refused with an error of the service. */
  | 'refused'
  /** It never gets there. */
  | 'request lost'
  /** It has its effect, and its answer never comes. */
  | 'answer lost';

/** The way to a service. */
export interface Route {
  readonly requestMs: () => number;
  readonly answerMs: () => number;
  readonly fate: () => Fate;
  /** How long the caller waits for an answer. */
  readonly timeoutMs: number;
}

/** A call had no answer in time, or an error as its answer. */
export class CallError extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/**
 * An instance of a function. It may die at any call to the outside, before or after the effect. After its death, nothing
 * that it waits for ever happens, and no effect that it has not yet had.
 */
export interface Process {
  readonly id: number;
  /** What the instance works on, for the history. */
  task: number;
  readonly isAlive: () => boolean;
  /** Milliseconds since the epoch, by the clock of its machine. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly timeoutSignal: (ms: number) => AbortSignal;
  /** @returns what stops the timer. */
  readonly startTimer: (ms: number, work: () => void) => () => void;
  readonly call: <T>(route: Route, effect: () => T, abortSignal?: AbortSignal) => Promise<T>;
  /** Waits for an answer that comes at its own time. */
  readonly wait: <T>(begin: (resolve: (answer: T) => void, reject: (error: Error) => void) => void) => Promise<T>;
  readonly kill: () => void;
  /** Lets nothing happen in it until it thaws. What it has sent arrives nevertheless. */
  readonly freeze: () => void;
  readonly thaw: () => void;
}

export interface ProcessOptions {
  readonly id: number;
  readonly scheduler: Scheduler;
  /** Milliseconds since the epoch at the start of the run, by the clock of its machine. */
  readonly epochMs: number;
  readonly chance: Chance;
  /** The probability that it dies at a step of a call, at this moment. */
  readonly deathProbability: () => number;
  readonly onDeath: () => void;
}

export function createProcess(options: ProcessOptions): Process {
  const { id, scheduler, epochMs, chance, deathProbability, onDeath } = options;
  let isAlive = true;
  /** What waits while it is frozen. */
  let frozen: (() => void)[] | undefined;
  const kill = () => {
    if (!isAlive) return;
    isAlive = false;
    onDeath();
  };
  /** Whether it lives on after a step. */
  const survives = () => {
    if (isAlive && chance.hits(deathProbability())) kill();
    return isAlive;
  };
  /** An event of this process. */
  const later = (ms: number, event: () => void) => {
    scheduler.after(ms, () => {
      happen(event);
    });
  };
  /** Lets an event happen, once the process is not frozen. */
  const happen = (event: () => void) => {
    if (!isAlive) return;
    if (frozen !== undefined) {
      frozen.push(event);
      return;
    }
    scheduler.wake();
    event();
  };
  const process: Process = {
    id,
    task: -1,
    isAlive: () => isAlive,
    now: () => Math.floor(epochMs + scheduler.now()),
    kill,
    freeze() {
      frozen ??= [];
    },
    thaw() {
      const waiting = frozen ?? [];
      frozen = undefined;
      for (const event of waiting) later(0, event);
    },
    sleep: (ms) =>
      new Promise((resolve) => {
        later(ms, resolve);
      }),
    startTimer(ms, work) {
      let isStopped = false;
      scheduler.after(ms, () => {
        happen(() => {
          if (!isStopped) work();
        });
      });
      return () => {
        isStopped = true;
      };
    },
    timeoutSignal(ms) {
      const controller = new AbortController();
      const { task } = process;
      scheduler.after(ms, () => {
        // Once its task is over, nobody looks at the signal any more.
        if (!isAlive || process.task !== task) return;
        scheduler.wake();
        controller.abort(timeOver);
      });
      return controller.signal;
    },
    wait: (begin) =>
      new Promise((resolve, reject) => {
        if (!survives()) return;
        begin(
          (answer) => {
            if (!survives()) return;
            happen(() => {
              resolve(answer);
            });
          },
          (error) => {
            if (!survives()) return;
            happen(() => {
              reject(error);
            });
          },
        );
      }),
    call: (route, effect, abortSignal) =>
      new Promise((resolve, reject) => {
        if (!survives()) return;
        if (abortSignal?.aborted === true) {
          reject(abortError());
          return;
        }
        const fate = route.fate();
        const fail = (ms: number, name: string, message: string) => {
          later(ms, () => {
            reject(new CallError(name, message));
          });
        };
        const noAnswer = () => {
          fail(route.timeoutMs, 'TimeoutError', `no answer within ${String(route.timeoutMs)} ms`);
        };
        if (fate !== 'well' && abortSignal !== undefined) rejectOnAbort(abortSignal, reject);
        if (fate === 'request lost') {
          noAnswer();
          return;
        }
        if (fate === 'answer lost') noAnswer();
        scheduler.after(route.requestMs(), () => {
          if (!survives()) return;
          if (fate === 'refused') {
            fail(route.answerMs(), 'InternalError', 'the service is out of order');
            return;
          }
          let answer: ReturnType<typeof effect>;
          try {
            answer = effect();
          } catch (error) {
            // Anything else is a fault of the model, and ends the run.
            if (!isAnswer(error)) throw error;
            later(route.answerMs(), () => {
              reject(error);
            });
            return;
          }
          if (!survives() || fate === 'answer lost') return;
          later(route.answerMs(), () => {
            if (abortSignal?.aborted === true) reject(abortError());
            else resolve(answer);
          });
        });
      }),
  };
  return process;
}

/** Whether a service answers with an error, of the simulation or of the SDK. */
function isAnswer(error: unknown): error is Error {
  return error instanceof CallError || (error instanceof Error && '$fault' in error);
}

/** The reason of a signal of the platform. It has a stack, which costs too much for each of them. */
const timeOver = new DOMException('The operation was aborted due to timeout', 'TimeoutError');

/** A call that takes long ends as soon as its signal aborts. One that goes well is looked at when its answer comes. */
function rejectOnAbort(abortSignal: AbortSignal, reject: (error: Error) => void): void {
  abortSignal.addEventListener(
    'abort',
    () => {
      reject(abortError());
    },
    { once: true },
  );
}

function abortError(): Error {
  return new CallError('AbortError', 'Request aborted');
}
