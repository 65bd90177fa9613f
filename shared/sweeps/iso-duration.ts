const pattern = /^P(?:(\d+)W|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)$/;

const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;

/**
 * Milliseconds of an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as `PT2H` or `P1DT12H`;
 * `undefined` for anything else. Months and years are not accepted: their length depends on where they begin.
 */
export function parseIsoDuration(text: string): number | undefined {
  const match = pattern.exec(text);
  // The pattern also matches "P", "PT" and "P1DT", which lack a part.
  if (match === null || !/\d[WDHMS]$/.test(text)) return undefined;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0));
  return weeks * 7 * dayMs + days * dayMs + hours * 60 * minuteMs + minutes * minuteMs + seconds * 1000;
}

/** The ISO 8601 duration of a number of milliseconds, in whole seconds. */
export function formatIsoDuration(ms: number): string {
  const days = Math.floor(ms / dayMs);
  const hours = Math.floor((ms % dayMs) / (60 * minuteMs));
  const minutes = Math.floor((ms % (60 * minuteMs)) / minuteMs);
  const seconds = Math.floor((ms % minuteMs) / 1000);
  const part = (count: number, unit: string) => (count === 0 ? '' : `${String(count)}${unit}`);
  const date = part(days, 'D');
  const time = part(hours, 'H') + part(minutes, 'M') + part(seconds, 'S');
  if (date === '' && time === '') return 'PT0S';
  return `P${date}${time === '' ? '' : `T${time}`}`;
}
