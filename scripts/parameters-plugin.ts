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
    const valuesGiven: Record<string, string> = {};
    const faults: string[] = [];
    for (const entry of options.param ?? []) {
      const [name = '', ...value] = entry.split('=');
      if (value.length > 0) valuesGiven[name] = value.join('=');
      else faults.push(`--param ${entry}: write --param ${entry}=VALUE`);
    }
    const { stage } = service.provider;
    const values: ParameterValues = { ...params['default'], ...params[stage], ...valuesGiven };
    // Here and not in a hook, because the framework validates its schema before any hook, and its errors do not name
    // the parameter.
    if (['package', 'deploy'].includes(commands[0] ?? '')) faults.push(...faultsOfParameters(stage, values));
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
