import { positionOfWords, wordOf, type Fingerprint } from './fingerprint.ts';

/**
 * A set of fingerprints in a few bytes each: a `Set` of texts would take five times as much, and a list may have
 * millions of devices.
 */
export interface FingerprintSet {
  /** Whether it was new; `full` where it was, and there is no room for it. */
  readonly add: (fingerprint: Fingerprint) => 'new' | 'known' | 'full';
  /** Forgets all whose place is not below this one. */
  readonly keepBelow: (position: number) => void;
  readonly size: () => number;
}

const wordsPerEntry = 4;
/** How full the table may be: beyond that, looking for a place takes ever longer. */
const fill = 0.7;
const fewestSlots = 1024;

/** @param maxEntries how many it may hold; its memory grows with what it holds, to about 46 bytes for each of these. */
export function createFingerprintSet(maxEntries: number): FingerprintSet {
  let slots = fewestSlots;
  let table = new Uint32Array(slots * wordsPerEntry);
  let entries = 0;

  /** The slot of an entry, or the empty one where it belongs. No fingerprint is all zeros, so zeros mean empty. */
  const slotOf = (into: Uint32Array, [first, second, third, fourth]: Words): number => {
    const mask = into.length / wordsPerEntry - 1;
    // Not the first word: entries of one slice share its beginning.
    for (let slot = fourth & mask; ; slot = (slot + 1) & mask) {
      const at = slot * wordsPerEntry;
      const isEmpty = into[at] === 0 && into[at + 1] === 0 && into[at + 2] === 0 && into[at + 3] === 0;
      if (isEmpty) return at;
      if (into[at] === first && into[at + 1] === second && into[at + 2] === third && into[at + 3] === fourth) return at;
    }
  };

  const rebuild = (newSlots: number, keep: (words: Words) => boolean) => {
    const old = table;
    slots = newSlots;
    table = new Uint32Array(slots * wordsPerEntry);
    entries = 0;
    for (let at = 0; at < old.length; at += wordsPerEntry) {
      const words: Words = [old[at] ?? 0, old[at + 1] ?? 0, old[at + 2] ?? 0, old[at + 3] ?? 0];
      if (words.every((word) => word === 0) || !keep(words)) continue;
      table.set(words, slotOf(table, words));
      entries += 1;
    }
  };

  return {
    add(fingerprint) {
      const words: Words = [
        wordOf(fingerprint, 0),
        wordOf(fingerprint, 1),
        wordOf(fingerprint, 2),
        wordOf(fingerprint, 3),
      ];
      let at = slotOf(table, words);
      if (table[at] !== 0 || table[at + 1] !== 0 || table[at + 2] !== 0 || table[at + 3] !== 0) return 'known';
      if (entries >= maxEntries) return 'full';
      if (entries >= slots * fill) {
        rebuild(slots * 2, () => true);
        at = slotOf(table, words);
      }
      table.set(words, at);
      entries += 1;
      return 'new';
    },
    keepBelow(position) {
      rebuild(slots, ([first, second]) => positionOfWords(first, second) < position);
    },
    size: () => entries,
  };
}

type Words = readonly [number, number, number, number];
