import { seededRandom } from '../../support/random.ts';

/** A source of chance for one concern. */
export interface Chance {
  /** From 0 up to, not including, 1. */
  readonly next: () => number;
  readonly between: (min: number, max: number) => number;
  /** A whole number from 0 up to, not including, the limit. */
  readonly below: (limit: number) => number;
  readonly hits: (probability: number) => boolean;
}

/**
 * Creates the sources of chance of a run. Each concern has its own, so that a further draw for one of them does not change
 * what the others get.
 */
export function createChances(seed: number): (concern: string) => Chance {
  return (concern) => {
    const next = seededRandom(seedOf(seed, concern));
    // The first number of neighbouring seeds is similar.
    next();
    return {
      next,
      between: (min, max) => min + next() * (max - min),
      below: (limit) => Math.floor(next() * limit),
      // Nothing is drawn for what cannot happen, so that a scenario without it costs nothing.
      hits: (probability) => probability > 0 && next() < probability,
    };
  };
}

/** FNV-1a, of the name after the seed. */
function seedOf(seed: number, concern: string): number {
  let hash = Math.imul(0x811c9dc5 ^ seed, 0x9e3779b1);
  for (let index = 0; index < concern.length; index += 1) {
    hash = Math.imul(hash ^ concern.charCodeAt(index), 0x01000193);
  }
  return hash | 0;
}
