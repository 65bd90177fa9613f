import { InvalidArgumentError } from '@commander-js/extra-typings';

const unitMs = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;

type Unit = keyof typeof unitMs;

/** Milliseconds of a duration such as `90s`, `2h` or `1d12h`, or `undefined` if the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?[wdhms])+$/.test(text)) return undefined;
  let ms = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)([wdhms])/g)) ms += Number(number) * unitMs[unit as Unit];
  return ms;
}

/** Parses an option whose value is a duration. */
export function durationArgument(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) {
    throw new InvalidArgumentError('Use numbers with the units s, m, h, d and w, such as 90s, 2h or 1d12h.');
  }
  return ms;
}

/** A duration in its two largest units, such as `3d4h`. `parseDuration` can read it. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.floor(ms / 1000)) * 1000;
  const units = ['d', 'h', 'm', 's'] as const;
  const first = units.findIndex((unit) => rest >= unitMs[unit]);
  if (first === -1) return '0s';
  let text = '';
  for (const unit of units.slice(first, first + 2)) {
    const count = Math.floor(rest / unitMs[unit]);
    if (count > 0) text += `${String(count)}${unit}`;
    rest -= count * unitMs[unit];
  }
  return text;
}
