import { setTimeout as delay } from 'node:timers/promises';
import type { LiveEvents } from '../api.ts';

/** Something that the page shows and that changes. */
export interface LiveSource<T> {
  /** Grows with every change. */
  readonly version: () => number;
  /** What has changed since a version. */
  readonly read: (since: number) => T;
}

export type LiveSources = { readonly [Name in keyof Omit<LiveEvents, 'start'>]: LiveSource<LiveEvents[Name]> };

export interface LiveEvent {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** Changes wait this long, so that a burst of them is one event and not one for each. */
const gatherMs = 100;

export type Live = ReturnType<typeof createLive>;

/**
 * Follows the sources for any number of pages. An event has the state since the event before, not a log of what happened:
 * a page that is slow or away gets fewer events and misses nothing, and nothing is kept for it.
 * @param epoch tells this start of the local stack from others.
 */
export function createLive(sources: LiveSources, start: LiveEvents['start'], epoch: string) {
  const named: [string, LiveSource<unknown>][] = Object.entries(sources);
  let generation = 0;
  let changed = Promise.withResolvers<undefined>();
  const notify = () => {
    changed.resolve(undefined);
    changed = Promise.withResolvers();
  };

  return {
    /** Says that a source has changed. */
    notify,

    /** Sends everything again, because something was forgotten. */
    restart() {
      generation += 1;
      notify();
    },

    /**
     * The events after the one with this id. It ends when the signal aborts.
     * @param lastId what the page has seen. Of another start or unknown: everything is sent.
     */
    async *events(lastId: string | undefined, signal: AbortSignal): AsyncGenerator<LiveEvent> {
      const [of, list = ''] = (lastId ?? '').split(':');
      const seen = list.split(',').filter((version) => /^\d+$/.test(version));
      let versions = seen.map(Number);
      let isKnown = of === `${epoch}.${String(generation)}` && versions.length === named.length;
      let sent = generation;
      const idNow = () => `${epoch}.${String(sent)}:${versions.join(',')}`;
      // Every page looks then, which costs less than a race with a promise that lives as long as the page: each race
      // would stay in memory with it.
      signal.addEventListener('abort', notify);
      while (!signal.aborted) {
        const next = changed.promise;
        if (!isKnown || sent !== generation) {
          isKnown = true;
          sent = generation;
          versions = named.map(() => 0);
          yield { event: 'start', id: idNow(), data: JSON.stringify(start) };
        }
        for (const [index, [event, source]] of named.entries()) {
          const [version, since] = [source.version(), versions[index] ?? 0];
          if (version === since) continue;
          const data = JSON.stringify(source.read(since));
          versions[index] = version;
          yield { event, id: idNow(), data };
        }
        await next;
        await delay(gatherMs, undefined, { ref: false, signal }).catch(() => undefined);
      }
    },
  };
}
