import type { Figure } from './part.ts';

/** The value below which a share of the values lies. @returns NaN for no values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** A figure of the values of all rounds. */
export function figureOf(contender: string, measure: string, unit: string, values: readonly number[]): Figure {
  const [lowerQuartile, upperQuartile] = [quantile(values, 0.25), quantile(values, 0.75)];
  return { contender, measure, unit, median: median(values), lowerQuartile, upperQuartile };
}

/**
 * The ratio of two measures that were taken in the same rounds, as the median over the rounds: what slowed a round down
 * slowed both.
 */
export function ratioOf(values: readonly number[], floors: readonly number[]): number {
  return median(values.map((value, round) => value / (floors[round] ?? NaN)));
}
