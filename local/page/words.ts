import { useEffect, useState } from 'preact/hooks';
import type { PushState } from '../sandbox/api.ts';

/** The states of a push, in the order of its life. */
export const states = ['waiting', 'attempting', 'retrying', 'delivered', 'given-up'] as const satisfies PushState[];

export const stateWords: Readonly<Record<PushState, string>> = {
  waiting: 'waiting',
  attempting: 'attempting',
  retrying: 'retrying',
  delivered: 'delivered',
  'given-up': 'given up',
};

const timeFormat = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const dayFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });
const numberFormat = new Intl.NumberFormat('en-GB');

/** A time of this day, such as `12:34:56`. */
export function clockWords(iso: string): string {
  return timeFormat.format(new Date(iso));
}

/** The same with milliseconds, such as `12:34:56.789`. */
export function timeWords(iso: string): string {
  return `${clockWords(iso)}.${String(new Date(iso).getMilliseconds()).padStart(3, '0')}`;
}

/** A date with its time. */
export function momentWords(iso: string): string {
  return `${dayFormat.format(new Date(iso))}, ${timeWords(iso)}`;
}

export function numberWords(number: number): string {
  return numberFormat.format(number);
}

/** A number with its noun, such as `1 push` or `2,000 pushes`. */
export function countWords(number: number, one: string, many: string): string {
  return `${numberWords(number)} ${number === 1 ? one : many}`;
}

/** A span of time, such as `12 ms`, `3.4 s` or `2 h 5 min`. */
export function spanWords(ms: number): string {
  const seconds = ms / 1000;
  if (ms < 1000) return `${String(Math.max(0, Math.round(ms)))} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${String(Math.round(seconds))} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${String(minutes)} min ${String(Math.floor(seconds % 60))} s`;
  return `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
}

/** When something that is due will happen, such as `in 3 s`. */
export function dueWords(iso: string, nowMs: number): string {
  const seconds = Math.ceil((Date.parse(iso) - nowMs) / 1000);
  return seconds > 0 ? `in ${seconds < 60 ? `${String(seconds)} s` : spanWords(seconds * 1000)}` : 'now';
}

/** The time, once a second while something counts with it. */
export function useNow(isCounting: boolean): number {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    if (!isCounting) return undefined;
    setNowMs(Date.now());
    const ticking = setInterval(() => {
      setNowMs(Date.now());
    }, 1000);
    return () => {
      clearInterval(ticking);
    };
  }, [isCounting]);
  return nowMs;
}
