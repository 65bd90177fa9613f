import * as v from 'valibot';

const logLine = v.looseObject({ level: v.picklist(['info', 'warn', 'error']) });
/** What a sweep has done, which has no line of another source. */
const sweepLine = v.looseObject({ level: v.literal('info'), message: v.picklist(['slice', 'run']) });

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
  const sweep = v.safeParse(sweepLine, json);
  if (sweep.success) return readableSweepLine(sweep.output);
  const read = v.safeParse(logLine, json);
  if (!read.success || read.output.level === 'info') return undefined;
  return JSON.stringify(read.output, (name, value: unknown) => (name === '_aws' ? undefined : value));
}

/** Metrics of a blob are called with a capital, fields without. */
function readableSweepLine({ message, ...fields }: v.InferOutput<typeof sweepLine>): string {
  const told = Object.entries(fields).filter(([name]) => /^[a-z]/.test(name) && name !== 'level');
  const words = told.map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [`sweep ${message}`.padEnd(15), ...words].join('  ').replace(/ +$/, '');
}
