const unitMs = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 };

type Unit = keyof typeof unitMs;

/** Milliseconds of a duration such as `90s`, `2h` or `1d12h`; `undefined` for anything else. */
export function parseDuration(text: string): number | undefined {
  return /^(?:\d+(?:\.\d+)?[wdhms])+$/.test(text) ? sumOfParts(text) : undefined;
}

/** The sum of the parts of a duration, such as `1d12h`, in milliseconds. */
function sumOfParts(text: string): number {
  const parts = [...text.matchAll(/([\d.]+)([wdhms])/g)];
  return parts.reduce((ms, [, count, unit]) => ms + Number(count) * unitMs[unit as Unit], 0);
}

/** The days, hours, minutes and whole seconds of a duration, such as `1d`. A part of none is empty. */
function partsOf(ms: number): string[] {
  let restMs = Math.max(0, ms);
  return (['d', 'h', 'm', 's'] as const).map((unit) => {
    const count = Math.floor(restMs / unitMs[unit]);
    restMs -= count * unitMs[unit];
    return count === 0 ? '' : `${String(count)}${unit}`;
  });
}

/** A duration in its two largest units, such as `3d4h`. */
export function formatDuration(ms: number): string {
  const parts = partsOf(ms);
  const largest = parts.findIndex((part) => part !== '');
  return largest === -1 ? '0s' : parts.slice(largest, largest + 2).join('');
}

const isoPattern = /^P(?:\d+W|(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)$/;

/**
 * Milliseconds of an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as `PT2H` or `P1DT12H`;
 * `undefined` for anything else. Months and years are not accepted: their length depends on where they begin.
 */
export function parseIsoDuration(text: string): number | undefined {
  // The pattern also matches "P", "PT" and "P1DT", which lack a part.
  return isoPattern.test(text) && /\d[WDHMS]$/.test(text) ? sumOfParts(text.toLowerCase()) : undefined;
}

/** The ISO 8601 duration of a number of milliseconds, in whole seconds. */
export function formatIsoDuration(ms: number): string {
  const [days = '', ...others] = partsOf(ms);
  const time = others.join('');
  return days === '' && time === '' ? 'PT0S' : `P${days}${time && `T${time}`}`.toUpperCase();
}
