import type { Chance } from '../kernel/chance.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import type { InvocationEnding } from './event-source-mapping.ts';

/** How scheduled invocations go wrong: probabilities. */
export interface TickTrouble {
  /** That a tick never comes. */
  readonly missed: number;
  /** That a tick comes twice. */
  readonly twice: number;
  /** That the instance dies while it works on a tick. */
  readonly dies: number;
}

export interface TickEvent {
  /** The same in all attempts of one event. */
  readonly requestId: string;
  /** After how long the instance dies. */
  readonly diesAfterMs: number;
}

export interface ScheduleOptions {
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly everyMs: number;
  readonly trouble: () => TickTrouble;
  readonly isOver: () => boolean;
  readonly invoke: (event: TickEvent, onEnd: (ending: InvocationEnding) => void) => void;
}

/** How late a tick comes. */
const lateMs = 3000;
/** The second of two invocations by one tick comes at once, or up to this much later. */
const againMs = 240_000;
/** An instance that dies does so within 30 s: often at once, because the slice of a small sweep takes no time. */
const diesAfterMs = (chance: Chance) => (chance.hits(0.5) ? 10 ** chance.between(1, 4) : chance.between(0, 30_000));
/** As serverless.yml has them. */
const retries = 2;
const maxAgeMs = 600_000;

/**
 * Invokes a function at each multiple of an interval: at least once, and asynchronously, so that Lambda repeats what
 * failed: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export function startSchedule({ scheduler, chance, everyMs, trouble, isOver, invoke }: ScheduleOptions): void {
  let events = 0;
  const happen = (requestId: string, retry: number, since: number) => {
    const dies = chance.hits(trouble().dies);
    invoke({ requestId, diesAfterMs: dies ? diesAfterMs(chance) : Infinity }, (ending) => {
      const waitMs = (retry + 1) * 60_000;
      if (ending.ok || retry >= retries || scheduler.now() + waitMs - since > maxAgeMs) return;
      scheduler.after(waitMs, () => {
        happen(requestId, retry + 1, since);
      });
    });
  };
  const happenAfter = (ms: number) => {
    events += 1;
    const requestId = `tick-${String(events)}`;
    scheduler.after(ms, () => {
      happen(requestId, 0, scheduler.now());
    });
  };
  const tick = (moment: number) => {
    if (isOver()) return;
    scheduler.at(moment + everyMs, () => {
      tick(moment + everyMs);
    });
    const { missed, twice } = trouble();
    if (chance.hits(missed)) return;
    const ms = chance.between(0, lateMs);
    happenAfter(ms);
    if (chance.hits(twice)) happenAfter(ms + (chance.hits(0.5) ? chance.between(0, 2) : chance.between(0, againMs)));
  };
  tick(0);
}
