import { faultsOfParameters, type ParameterValues } from './parameters.ts';

/** The part of the framework that the plugin uses. */
interface Serverless {
  readonly service: { readonly provider: { readonly stage: string } };
  readonly configurationInput: { readonly params?: Readonly<Record<string, ParameterValues>> };
  readonly processedInput: {
    readonly commands: readonly string[];
    readonly options: { readonly param?: readonly string[] };
  };
}

/** A plugin of the framework that checks the parameters of a deployment once the framework has resolved them. */
export default class ParametersPlugin {
  readonly hooks: Readonly<Record<string, () => void>>;

  constructor({ service, configurationInput: { params = {} }, processedInput: { commands, options } }: Serverless) {
    const given = (options.param ?? []).map((entry): [string, string] => {
      const end = entry.indexOf('=');
      return [entry.slice(0, end), entry.slice(end + 1)];
    });
    const { stage } = service.provider;
    const values: ParameterValues = { ...params['default'], ...params[stage], ...Object.fromEntries(given) };
    // Here and not in a hook, because the framework validates its schema before any hook, and its errors do not name
    // the parameter.
    const faults = ['package', 'deploy'].includes(commands[0] ?? '') ? faultsOfParameters(stage, values) : [];
    for (const fault of faults) console.error(fault);
    // An error thrown here would come with a report for the framework's developers.
    if (faults.length > 0) process.exit(1);
    this.hooks = {
      'after:package:finalize': () => {
        if (values['apiKeys'] !== '') return;
        console.warn('Warning: no API key is configured, so every push will be refused. Run `npm run key -- NAME`.');
      },
    };
  }
}
