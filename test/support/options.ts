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
  const values = parse(options);
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
      const from = least > 0 ? ` of at least ${String(least)}` : '';
      const to = most < Infinity ? ` up to ${String(most)}` : '';
      return refuse(`--${name} must be a whole number${from}${to}.`);
    },
    flag: (name: Flag): boolean => values[name] === true,
  };
}

function parse(options: NonNullable<ParseArgsConfig['options']>) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/** Ends this process, because an option is wrong: one line says what, and what to do. */
export function refuse(message: string): never {
  console.error(message);
  process.exit(1);
}
