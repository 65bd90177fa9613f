const pattern = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?$/;

/** Milliseconds since the epoch of a time, by default in this machine's time zone, or `undefined` for other text. */
export function parseTime(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, year, month, day] = match.map(Number);
  // Date.parse reads 30 February as 2 March.
  if (day === undefined || month === undefined || day > new Date(Date.UTC(year ?? 0, month, 0)).getUTCDate()) {
    return undefined;
  }
  const ms = Date.parse(text.replace(' ', 'T'));
  return Number.isNaN(ms) ? undefined : ms;
}

/** A time in this machine's time zone, with its offset. `parseTime` can read it. */
export function formatTime(ms: number): string {
  const date = new Date(ms);
  const minutes = -date.getTimezoneOffset();
  const local = new Date(ms + minutes * 60_000).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
  const two = (number: number) => String(number).padStart(2, '0');
  const zone = `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
  return `${local}${minutes === 0 ? 'Z' : zone}`;
}
