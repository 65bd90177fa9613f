import type { Figure } from './part.ts';

/** What was measured of each contender, in the order of the rounds. */
export type Measures<T> = Map<string, T[]>;

/**
 * Measures each contender once in every round. Neighbours in the list stay neighbours in time, because every other
 * round runs backwards: what slows a round down slows both, and their ratio stays the same.
 * @param measures of earlier rounds, to which those of this call are added.
 */
export async function inRounds<T>(
  rounds: number,
  contenders: readonly string[],
  measure: (contender: string) => Promise<T>,
  measures: Measures<T> = new Map(),
): Promise<Measures<T>> {
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const ofContender = measures.get(name) ?? [];
      measures.set(name, [...ofContender, await measure(name)]);
    }
  }
  return measures;
}

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

/** The ratios of two contenders, round by round. */
export function ratios(values: readonly number[], floors: readonly number[]): number[] {
  return values.map((value, round) => value / (floors[round] ?? NaN));
}

/** @param values one of each round. */
export function figureOf(contender: string, measure: string, unit: string, values: readonly number[]): Figure {
  const [lowerQuartile, upperQuartile] = [quantile(values, 0.25), quantile(values, 0.75)];
  return { contender, measure, unit, median: median(values), lowerQuartile, upperQuartile };
}
