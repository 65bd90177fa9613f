import { hash } from 'node:crypto';

/**
 * The first 128 bits of the SHA-256 of a device's identity, with one character per byte: long enough that no two of
 * a billion devices share one, and evenly distributed, so that its first bits are a position in a window.
 */
type Fingerprint = string;

const fingerprintBytes = 16;

export function fingerprintOf(identity: string): Fingerprint {
  // The one-shot `hash` is four times faster than `createHash`.
  return hash('sha256', identity, 'binary').slice(0, fingerprintBytes);
}

/** Four bytes of a fingerprint, as an unsigned number. */
function wordOf(fingerprint: Fingerprint, index: number): number {
  const at = index * 4;
  const byte = (offset: number) => fingerprint.charCodeAt(at + offset);
  return ((byte(0) << 24) | (byte(1) << 16) | (byte(2) << 8) | byte(3)) >>> 0;
}

/** The position of a fingerprint: from 0 up to, not including, 1. */
export function positionOf(fingerprint: Fingerprint): number {
  // 48 bits, which a double holds exactly.
  return (wordOf(fingerprint, 0) * 0x1_0000 + (wordOf(fingerprint, 1) >>> 16)) / 2 ** 48;
}

type Words = readonly [number, number, number, number];

/** Above this share of used slots, the search for a free one is slow. */
const maxLoad = 0.7;
const minSlots = 1024;

/**
 * Creates a set that takes a fifth of the memory of a `Set` of texts: a list may have millions of devices. It grows by
 * doubling, to 23 to 46 bytes for each entry.
 */
export function createFingerprintSet(maxEntries: number) {
  let slots = minSlots;
  let table = new Uint32Array(slots * 4);
  let entries = 0;

  // No fingerprint is all zeros, so zeros mark a free slot.
  const isFree = (from: Uint32Array, at: number) =>
    from[at] === 0 && from[at + 1] === 0 && from[at + 2] === 0 && from[at + 3] === 0;

  /** The offset of an entry, or of the free slot where it belongs. */
  const offsetOf = ([first, second, third, fourth]: Words): number => {
    // The last word chooses the slot: the entries of one slice have nearly the same first word.
    for (let slot = fourth & (slots - 1); ; slot = (slot + 1) & (slots - 1)) {
      const at = slot * 4;
      const isEntry =
        table[at] === first && table[at + 1] === second && table[at + 2] === third && table[at + 3] === fourth;
      if (isEntry || isFree(table, at)) return at;
    }
  };

  const grow = () => {
    const old = table;
    slots *= 2;
    table = new Uint32Array(slots * 4);
    for (let at = 0; at < old.length; at += 4) {
      if (isFree(old, at)) continue;
      const words: Words = [old[at] ?? 0, old[at + 1] ?? 0, old[at + 2] ?? 0, old[at + 3] ?? 0];
      table.set(words, offsetOf(words));
    }
  };

  const wordsOf = (fingerprint: Fingerprint): Words => [
    wordOf(fingerprint, 0),
    wordOf(fingerprint, 1),
    wordOf(fingerprint, 2),
    wordOf(fingerprint, 3),
  ];

  return {
    has: (fingerprint: Fingerprint) => !isFree(table, offsetOf(wordsOf(fingerprint))),
    /** @returns `full` for a fingerprint that is new and was not added, because the set is full. */
    add(fingerprint: Fingerprint): 'new' | 'known' | 'full' {
      const words = wordsOf(fingerprint);
      if (!isFree(table, offsetOf(words))) return 'known';
      if (entries >= maxEntries) return 'full';
      if (entries >= slots * maxLoad) grow();
      table.set(words, offsetOf(words));
      entries += 1;
      return 'new';
    },
  };
}
