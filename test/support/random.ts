/** Random numbers from 0 up to, not including, 1, that a seed repeats (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One random number for a seed and a few whole numbers: the same whenever it is asked for, in whatever order. */
export function chanceOf(seed: number, ...parts: number[]): number {
  const mixed = parts.reduce((hash, part) => Math.imul(hash ^ part, 0x01000193) ^ (hash >>> 13), seed | 0);
  const random = seededRandom(mixed);
  random();
  return random();
}

/** Chooses by weight. @param chance from 0 up to, not including, 1. */
export function choose<const K extends string>(weights: Readonly<Record<K, number>>, chance: number): K {
  const entries = Object.entries(weights) as [K, number][];
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  let left = chance * total;
  for (const [kind, weight] of entries) {
    left -= weight;
    if (left < 0) return kind;
  }
  throw new Error('there is nothing to choose from');
}
