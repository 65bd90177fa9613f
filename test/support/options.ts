import { parseArgs, type ParseArgsConfig } from 'node:util';

/**
 * Reads the options of this process, which are whole numbers. Ends the process with the usage if it asks for help, and
 * with what is wrong as well if an option is.
 */
export function readNumbers<Name extends string>(usage: string, defaults: Readonly<Record<Name, number>>) {
  try {
    const options: NonNullable<ParseArgsConfig['options']> = { help: { type: 'boolean' } };
    for (const name of Object.keys(defaults)) options[name] = { type: 'string' };
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
    return numbers;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(1);
  }
}
