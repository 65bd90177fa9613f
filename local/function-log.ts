import * as v from 'valibot';

const logLine = v.looseObject({ level: v.picklist(['info', 'warn', 'error']) });

/**
 * A function's log line as the local stack shows it: what a person should see, without the metrics in it.
 * `undefined` for a line of metrics alone, and for that of a batch.
 */
export function readableLogLine(line: string): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return line;
  }
  const read = v.safeParse(logLine, json);
  if (!read.success || read.output.level === 'info') return undefined;
  return JSON.stringify(read.output, (name, value: unknown) => (name === '_aws' ? undefined : value));
}
