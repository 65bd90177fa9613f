import { faultsOfParameters, type ParameterValues } from './parameters.ts';

/** The part of the framework that the plugin uses. */
interface Serverless {
  readonly service: { readonly provider: { readonly stage: string } };
  readonly configurationInput: { readonly params?: Readonly<Record<string, ParameterValues>> };
  readonly processedInput: { readonly options: { readonly param?: readonly string[] } };
}

/** A plugin of the framework that checks the parameters of a deployment once the framework has resolved them. */
export default class ParametersPlugin {
  readonly hooks: Readonly<Record<string, () => void>>;

  constructor({ service, configurationInput: { params = {} }, processedInput: { options } }: Serverless) {
    const given = (options.param ?? []).map((entry): [string, string] => {
      const end = entry.indexOf('=');
      return [entry.slice(0, end), entry.slice(end + 1)];
    });
    const values = (): ParameterValues => ({
      ...params['default'],
      ...params[service.provider.stage],
      ...Object.fromEntries(given),
    });
    this.hooks = {
      'before:package:cleanup': () => {
        const faults = faultsOfParameters(service.provider.stage, values());
        for (const fault of faults) console.error(fault);
        // An error thrown here would come with a report for the framework's developers.
        if (faults.length > 0) process.exit(1);
      },
      'after:package:finalize': () => {
        if (values()['apiKeys'] !== '') return;
        console.warn('Warning: no API key is configured, so every push will be refused. Run `npm run key -- NAME`.');
      },
    };
  }
}
