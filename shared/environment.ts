import * as v from 'valibot';

/** The names and values that a process is given. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that is wrong with an environment, one fault a line, each with its variable. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/**
 * Reads a configuration from an environment. An empty variable counts as not set, as a template that leaves
 * a parameter out can only say it.
 * @throws ConfigurationError that lists every fault.
 */
export function readEnvironment<S extends v.GenericSchema>(schema: S, environment: Environment): v.InferOutput<S> {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const read = v.safeParse(schema, set);
  if (read.success) return read.output;
  const faults = read.issues.map((issue) => {
    const variable = v.getDotPath(issue) ?? 'environment';
    return issue.received === 'undefined' ? `${variable} is not set` : `${variable}: ${issue.message}`;
  });
  throw new ConfigurationError(faults.join('\n'));
}

/**
 * A whole number from `min` to `max`, with a default.
 * @param what completes the sentence "must be …".
 */
export function integer(what: string, { min, max, fallback }: { min: number; max: number; fallback: number }) {
  const expected = `must be ${what} from ${String(min)} to ${String(max)}`;
  return v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d+$/, expected),
      v.transform(Number),
      v.minValue(min, expected),
      v.maxValue(max, expected),
    ),
    String(fallback),
  );
}

/** An http or https address. */
export const httpUrl = v.pipe(
  v.string(),
  v.check((value) => /^https?:\/\//.test(value) && URL.canParse(value), 'must be an http or https address'),
  v.transform((value) => new URL(value)),
);

/** The address of an SQS queue. */
export const queueUrl = v.pipe(v.string(), v.url('must be the URL of a queue'));

/** `true` or `false`, with a default. */
export function flag(fallback: boolean) {
  return v.optional(
    v.pipe(
      v.picklist(['true', 'false'], 'must be true or false'),
      v.transform((value) => value === 'true'),
    ),
    fallback ? 'true' : 'false',
  );
}

/** A list with commas between its items; blanks around them do not count. */
export const list = v.pipe(
  v.string(),
  v.transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  ),
);
