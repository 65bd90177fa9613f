/** Either a zone is said, or it is the machine's own. */
const pattern = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?$/;

/** Milliseconds since the epoch of a time as a person writes it, or `undefined` where it is none. */
export function parseTime(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, year, month, day] = match.map(Number);
  // The 30th of February would be taken for the 2nd of March.
  if (day === undefined || month === undefined || day > new Date(Date.UTC(year ?? 0, month, 0)).getUTCDate()) {
    return undefined;
  }
  const ms = Date.parse(text.replace(' ', 'T'));
  return Number.isNaN(ms) ? undefined : ms;
}

/** A time in the machine's own zone, with the zone said: what `parseTime` reads. */
export function formatTime(ms: number): string {
  const date = new Date(ms);
  const minutes = -date.getTimezoneOffset();
  const local = new Date(ms + minutes * 60_000).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
  const two = (number: number) => String(number).padStart(2, '0');
  const zone = `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
  return `${local}${minutes === 0 ? 'Z' : zone}`;
}
