import { gzipSync } from 'node:zlib';
import { below, harmful, pick, type Mutation, type Random } from './mutation.ts';

/** `maxBodyBytes` in a fuzz run: small, so that bodies often exceed it, at little cost. */
export const maxBodyBytes = 4096;

export const oddNames = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'then',
  'length',
  '',
  '0',
  'a b',
  'ü😀',
  'x'.repeat(128),
];
export const oddValues = [
  '',
  ' ',
  '\r\nX: y',
  '\t',
  '"\\',
  '\u2028',
  '\uFEFFx',
  '\uFFFD',
  '😀𝒳',
  'e\u0301',
  'a+b&c=d%',
  '%00',
  '</script>',
  'http://192.0.2.1/',
  '{"a":[]}',
  'x'.repeat(500),
];

/** Changes bytes as a text with one character for each. */
export const onText =
  (change: (text: string, random: Random) => string): Mutation<Buffer>['apply'] =>
  (bytes, random) =>
    Buffer.from(change(bytes.toString('latin1'), random), 'latin1');

/** Changes one of the matches of a pattern. */
export function replaceOne(text: string, pattern: RegExp, random: Random, change: (found: string) => string): string {
  const found = [...text.matchAll(pattern)];
  if (found.length === 0) return text;
  const { 0: chosen, index } = pick(found, random);
  return text.slice(0, index) + change(chosen) + text.slice(index + chosen.length);
}

/** UTF-8 as a text with one character for each byte. */
export const rawUtf8 = (text: string) => Buffer.from(text).toString('latin1');
/** A number near a bound, below it or above it. */
export const near = (bound: number, random: Random) => bound + below(5, random) - 2;

/** Mutations of the bytes of any body. */
export const byteMutations: Readonly<Record<string, Mutation<Buffer>>> = {
  'a bit flipped': harmful((bytes, random) => {
    const changed = Buffer.from(bytes);
    const at = below(bytes.length, random);
    changed[at] = (bytes[at] ?? 0) ^ (1 << below(8, random));
    return changed;
  }),
  'a byte changed': harmful((bytes, random) => {
    const changed = Buffer.from(bytes);
    changed[below(bytes.length, random)] = below(256, random);
    return changed;
  }),
  'bytes taken out': harmful((bytes, random) => {
    const from = below(bytes.length, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + below(8, random))]);
  }),
  cut: harmful((bytes, random) => bytes.subarray(0, below(bytes.length + 1, random))),
  'a character in another case': harmful(
    onText((text, random) =>
      replaceOne(text, /[A-Za-z]/g, random, (found) =>
        found === found.toLowerCase() ? found.toUpperCase() : found.toLowerCase(),
      ),
    ),
  ),
  'as UTF-16': harmful((bytes) => Buffer.from(bytes.toString('latin1'), 'utf16le')),
  'as UTF-16, the high byte first': harmful((bytes) => Buffer.from(bytes.toString('latin1'), 'utf16le').swap16()),
  'after a byte order mark': harmful((bytes, random) =>
    Buffer.concat([pick([Buffer.from('\uFEFF'), Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])], random), bytes]),
  ),
  twice: harmful((bytes) => Buffer.concat([bytes, bytes])),
  compressed: harmful((bytes) => gzipSync(bytes)),
  empty: harmful<Buffer>(() => Buffer.alloc(0)),
};
