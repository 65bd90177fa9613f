const unitMs = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;

type Unit = keyof typeof unitMs;

const oneDuration = /^(?:\d+(?:\.\d+)?[wdhms])+$/;

/** Milliseconds of a duration as a person writes it (`90s`, `2h`, `1d12h`), or `undefined` where it is none. */
export function parseDuration(text: string): number | undefined {
  if (!oneDuration.test(text)) return undefined;
  let ms = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)([wdhms])/g)) ms += Number(number) * unitMs[unit as Unit];
  return ms;
}

/** The units of an age, in which weeks would only have to be reckoned back. */
const ageUnits = ['d', 'h', 'm', 's'] as const satisfies readonly Unit[];

/** A duration in its two largest units, such as `3d4h`: what `parseDuration` reads. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.floor(ms / 1000)) * 1000;
  const first = ageUnits.findIndex((unit) => rest >= unitMs[unit]);
  if (first === -1) return '0s';
  let text = '';
  for (const unit of ageUnits.slice(first, first + 2)) {
    const count = Math.floor(rest / unitMs[unit]);
    if (count > 0) text += `${String(count)}${unit}`;
    rest -= count * unitMs[unit];
  }
  return text;
}
