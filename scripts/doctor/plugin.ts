import { readParameters, type ConfiguredService } from '../parameters.ts';

interface Serverless extends ConfiguredService {
  readonly service: ConfiguredService['service'] & {
    readonly service: string;
    readonly provider: { readonly region: string };
  };
  readonly configurationInput: ConfiguredService['configurationInput'] & { configValidationMode?: string };
}

interface Options {
  readonly json?: boolean;
  readonly 'aws-profile'?: string;
}

/**
 * Adds the command `preflight` to the framework, which has a `doctor` of its own. Only the framework resolves the
 * variables in the parameters, and takes the options that a deployment takes.
 */
export default class DoctorPlugin {
  readonly commands = {
    preflight: {
      usage: 'Checks the parameters and the AWS account before a deployment',
      lifecycleEvents: ['examine'],
      options: { json: { usage: 'Print JSON', type: 'boolean' } },
    },
  };
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;

  constructor(serverless: Serverless, cliOptions: Options) {
    const { service, configurationInput, processedInput } = serverless;
    // The doctor itself tells what is wrong with a parameter; the framework would end before.
    if (processedInput.commands[0] === 'preflight') configurationInput.configValidationMode = 'off';
    this.hooks = {
      'preflight:examine': async () => {
        // The framework completes the options only after it has loaded its plugins.
        const { json, 'aws-profile': profile } = cliOptions;
        const { region, stage } = service.provider;
        const { examine, isReady, report, reportJson } = await import('./doctor.ts');
        const deployment = { stage, region, stackName: `${service.service}-${stage}` };
        const options = { region, ...(profile !== undefined && { profile }) };
        const checks = await examine(deployment, readParameters(serverless).values, options);
        console.log(json === true ? reportJson(deployment, checks) : report(checks));
        if (!isReady(checks)) process.exitCode = 1;
      },
    };
  }
}
