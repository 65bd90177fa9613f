import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Reads the options of this process, which are whole numbers: see {@link readOptions}. */
export function readNumbers<Name extends string>(usage: string, defaults: Readonly<Record<Name, number>>) {
  return readOptions(usage, defaults, []).numbers;
}

/**
 * Reads the options of this process: whole numbers with their defaults, and texts. Ends the process with the usage if it
 * asks for help, and with what is wrong as well if an option is.
 */
export function readOptions<Name extends string, Text extends string>(
  usage: string,
  defaults: Readonly<Record<Name, number>>,
  textNames: readonly Text[],
) {
  try {
    const options: NonNullable<ParseArgsConfig['options']> = { help: { type: 'boolean' } };
    for (const name of [...Object.keys(defaults), ...textNames]) options[name] = { type: 'string' };
    const { values } = parseArgs({ options });
    if (values['help'] === true) {
      console.log(usage);
      process.exit(0);
    }
    const numbers: Record<Name, number> = { ...defaults };
    for (const name of Object.keys(defaults) as Name[]) {
      const text = values[name];
      if (text === undefined) continue;
      if (typeof text !== 'string' || !/^\d{1,15}$/.test(text)) throw new Error(`--${name} must be a whole number.`);
      numbers[name] = Number(text);
    }
    const texts: Partial<Record<Text, string>> = {};
    for (const name of textNames) {
      const text = values[name];
      if (typeof text === 'string') texts[name] = text;
    }
    return { numbers, texts };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(1);
  }
}
