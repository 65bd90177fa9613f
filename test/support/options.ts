import { parseArgs, type ParseArgsConfig } from 'node:util';

interface Bounds {
  readonly least?: number;
  readonly most?: number;
}

/**
 * Reads the options of this process. Ends it with the usage if `--help` asks for it.
 * @param flagNames the options without a value.
 */
export function readOptions<Name extends string, Flag extends string = never>(
  usage: string,
  names: readonly Name[],
  flagNames: readonly Flag[] = [],
) {
  const options: NonNullable<ParseArgsConfig['options']> = { help: { type: 'boolean' } };
  for (const name of names) options[name] = { type: 'string' };
  for (const name of flagNames) options[name] = { type: 'boolean' };
  const values = parse(options, names);
  if (values['help'] === true) {
    console.log(usage);
    process.exit(0);
  }
  const text = (name: Name): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    text,
    /** A whole number. */
    number(name: Name, { least = 0, most = Infinity }: Bounds = {}): number | undefined {
      const value = text(name);
      if (value === undefined) return undefined;
      if (/^\d{1,15}$/.test(value) && Number(value) >= least && Number(value) <= most) return Number(value);
      const range = most < Infinity ? `from ${String(least)} to ${String(most)}` : `of at least ${String(least)}`;
      return refuse(`--${name} must be a whole number ${range}.`);
    },
    flag: (name: Flag): boolean => values[name] === true,
  };
}

function parse(options: NonNullable<ParseArgsConfig['options']>, names: readonly string[]) {
  // Node takes the -5 of `--pushes -5` for an option, and that of `--pushes=-5` for a value.
  const args = process.argv.slice(2).reduce<string[]>((joined, arg) => {
    const isValue = /^-\d/.test(arg) && names.some((name) => joined.at(-1) === `--${name}`);
    return isValue ? [...joined.slice(0, -1), `${joined.at(-1) ?? ''}=${arg}`] : [...joined, arg];
  }, []);
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, name] = /^Option '(--[\w-]+)\b.* argument (?:is ambiguous|missing)/.exec(message) ?? [];
    return refuse(name === undefined ? message : `${name} needs a value.`);
  }
}

/** Ends this process, because an option is wrong: one line says what, and what to do. */
export function refuse(message: string): never {
  console.error(message);
  process.exit(1);
}
