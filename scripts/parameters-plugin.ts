import { faultsOfParameters, readParameters, type ConfiguredService } from './parameters.ts';

/** A plugin of the framework that checks the parameters of a deployment once the framework has resolved them. */
export default class ParametersPlugin {
  readonly hooks: Readonly<Record<string, () => void>>;

  constructor(serverless: ConfiguredService) {
    const { commands } = serverless.processedInput;
    const { stage } = serverless.service.provider;
    const { values, faults } = readParameters(serverless);
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
