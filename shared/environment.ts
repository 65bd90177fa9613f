/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Lists every fault of a configuration, one a line, each with its variable. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** A value that a deployment or the local stack chooses, given as text. */
export interface Setting<T> {
  /** Completes the sentence "must be …". */
  readonly expected: string;
  /** Undefined: the setting must be given. */
  readonly default: string | undefined;
  /** For docs/configuration.md. Undefined: not for users to set. */
  readonly meaning?: string | undefined;
  /** Where the environment variable is not the name of the setting in upper case. */
  readonly variable?: string | undefined;
  readonly read: (text: string) => { readonly value: T } | { readonly faults: readonly string[] };
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;

type Values<S extends Settings> = { readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never };

/** The environment variable of a setting: `maxBodyBytes` is `MAX_BODY_BYTES`. */
export function variableOf(name: string, { variable }: Setting<unknown>): string {
  return variable ?? name.replaceAll(/[A-Z]/g, '_$&').toUpperCase();
}

/**
 * Reads settings from an environment. An empty variable counts as not set, because a template cannot omit a variable.
 * @throws ConfigurationError
 */
export function readSettings<S extends Settings>(settings: S, environment: Environment): Values<S> {
  const faults: string[] = [];
  const values: [string, unknown][] = [];
  for (const [name, setting] of Object.entries(settings)) {
    const variable = variableOf(name, setting);
    const given = environment[variable];
    const text = given === undefined || given === '' ? setting.default : given;
    const reading = text === undefined ? undefined : setting.read(text);
    if (reading === undefined) faults.push(`${variable} is not set`);
    else if ('value' in reading) values.push([name, reading.value]);
    else faults.push(...reading.faults.map((fault) => `${variable}: ${fault}`));
  }
  if (faults.length > 0) throw new ConfigurationError(faults.join('\n'));
  // Without a fault, each name has the value that its own setting has read.
  return Object.fromEntries(values) as Values<S>;
}
