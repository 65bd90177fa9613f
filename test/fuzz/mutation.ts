/** One way to change what is sent. */
export interface Mutation<T> {
  /** Whether a valid push is still valid afterwards. */
  readonly isHarmless: boolean;
  /** @returns the changed subject, or the unchanged one if there is nothing to change. */
  readonly apply: (subject: T, random: Random) => T;
}

/** A number from 0 to 1, not including 1. */
export type Random = () => number;

export const harmless = <T>(apply: Mutation<T>['apply']): Mutation<T> => ({ isHarmless: true, apply });
export const harmful = <T>(apply: Mutation<T>['apply']): Mutation<T> => ({ isHarmless: false, apply });

/** A whole number from 0 to a bound, not including the bound. */
export function below(bound: number, random: Random): number {
  return Math.floor(random() * bound);
}

export function pick<T>(all: readonly T[], random: Random): T {
  const chosen = all[below(all.length, random)];
  if (chosen === undefined && all.length === 0) throw new Error('there is nothing to pick from');
  return chosen as T;
}

export function shuffle<T>(all: readonly T[], random: Random): T[] {
  return all
    .map((value) => ({ value, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ value }) => value);
}
