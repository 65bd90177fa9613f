import { createCalendar } from './calendar.ts';

export interface Scheduler {
  /** Milliseconds since the start of the run, with fractions. */
  readonly now: () => number;
  /** Plans an event. Events of the same moment happen in the order in which they were planned. */
  readonly at: (moment: number, event: () => void) => void;
  readonly after: (ms: number, event: () => void) => void;
  /** Tells that an event lets code of the relay continue: it then runs until it waits again, before the next event. */
  readonly wake: () => void;
  /** Lets events happen until there are none, or the moment is reached. Rejects with what an event throws. */
  readonly run: (until: number) => Promise<void>;
  /** The number of events that have happened. */
  readonly events: () => number;
}

/** The number of events for which one turn of Node's event loop is enough. */
const eventsPerTurn = 256;

/** Creates a virtual clock and the events that move it. */
export function createScheduler(): Scheduler {
  const calendar = createCalendar<() => void>();
  let now = 0;
  let events = 0;
  let isAwake = false;
  // A function, because the compiler does not see that events change the variable.
  const wasWoken = () => isAwake;
  const at = (moment: number, event: () => void) => {
    calendar.add(Math.max(moment, now), event);
  };
  /** Lets events happen until one wakes code of the relay. @returns whether there may be more. */
  const proceed = (until: number): boolean => {
    isAwake = false;
    do {
      const moment = calendar.firstKey();
      if (moment > until) return false;
      const event = calendar.take();
      if (event === undefined) return false;
      now = moment;
      events += 1;
      event();
    } while (!wasWoken());
    return true;
  };
  return {
    now: () => now,
    at,
    after(ms, event) {
      at(now + ms, event);
    },
    wake() {
      isAwake = true;
    },
    events: () => events,
    run: (until) =>
      new Promise((resolve, reject) => {
        let isOver = false;
        const step = () => {
          if (isOver) return;
          try {
            if (proceed(until)) return;
            resolve();
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
          isOver = true;
        };
        // Node runs all microtasks and ticks between two immediates, so that each step starts when the code of the relay
        // waits for events only. Many immediates in one turn of its loop cost a fraction of a turn for each.
        const turn = () => {
          if (isOver) return;
          for (let planned = 0; planned < eventsPerTurn; planned += 1) setImmediate(step);
          setImmediate(turn);
        };
        // What was started before the run continues first.
        setImmediate(turn);
      }),
  };
}
