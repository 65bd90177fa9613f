import { kinds, timeOf, type History } from '../history.ts';
import { shorten } from '../report/story.ts';

/** Ticks have other numbers than the invocations of `deliver`. */
export const firstTick = 1_000_000_000;

/** How a tick can end. */
export const tickEndings = ['ok', 'threw', 'died', 'time-out'] as const;

/** Ticks are counted from 0 here. */
export function nameOfTick(tick: number): string {
  return `tick ${String(tick < firstTick ? tick : tick - firstTick)}`;
}

/**
 * What happened to one slice of a sweep, in words, a line for each event with its virtual time.
 * @param until the moment that matters, in milliseconds: nothing follows it.
 */
export function storyOfSlice(history: History, slice: number, until = Infinity): string[] {
  const lines: string[] = [];
  const ticks = new Set<number>();
  history.each(({ kind, at, a, b, c, d }) => {
    const tell = (words: string) => {
      if (at <= until) lines.push(`${timeOf(at)}  ${words}`);
    };
    if (kind === kinds.tickEnded && ticks.has(a)) tell(`${nameOfTick(a)} ends: ${tickEndings[b] ?? ''}`);
    if (a !== slice) return;
    if (kind === kinds.claimed) {
      ticks.add(b);
      const line = d > 0 ? `, and has read line ${String(d)}` : '';
      tell(c <= 0 ? `${nameOfTick(b)} releases it` : `${nameOfTick(b)} claims it until ${timeOf(c * 1000)}${line}`);
    }
    if (kind === kinds.unclaimed) tell(`${nameOfTick(b)} deletes its progress`);
    if (kind === kinds.reported) tell(`${nameOfTick(b)} writes its report, pushes: ${String(c)}`);
  });
  return shorten(lines);
}
