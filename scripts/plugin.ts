import { parseFilter } from '../shared/outcomes/filter.ts';
import { faultsOfParameters, type ParameterValues } from './parameters.ts';

/** The part of the framework that knows a deployment, once it has resolved its configuration. */
interface Serverless {
  readonly service: {
    readonly service: string;
    readonly provider: { readonly stage: string; readonly region: string };
  };
  readonly configurationInput: {
    readonly params?: Readonly<Record<string, ParameterValues>>;
    configValidationMode?: string;
  };
  readonly processedInput: {
    readonly commands: readonly string[];
    readonly options: { readonly param?: readonly string[] };
  };
}

interface Options {
  readonly json?: boolean;
  readonly 'aws-profile'?: string;
}

/**
 * A plugin of the framework, which alone resolves the variables in the parameters of a deployment. It checks them, and
 * adds the command `preflight`; the framework has a `doctor` of its own.
 */
export default class RelayPlugin {
  readonly commands = {
    preflight: {
      usage: 'Checks the parameters and the AWS account before a deployment',
      lifecycleEvents: ['examine'],
      options: { json: { usage: 'Print JSON', type: 'boolean' } },
    },
  };
  readonly hooks: Readonly<Record<string, () => void | Promise<void>>>;
  /** Sources of variables: `${filterPolicy:NAME}` is the parameter NAME, a filter, as a filter policy of SNS. */
  readonly configurationVariablesSources: Readonly<Record<string, object>>;

  constructor(serverless: Serverless, cliOptions: Options) {
    const { service, configurationInput, processedInput } = serverless;
    const [command = ''] = processedInput.commands;
    const { values, faults } = readParameters(serverless);
    // Here and not in a hook, because the framework validates its schema before any hook, and its errors do not name
    // the parameter.
    if (['package', 'deploy'].includes(command)) faults.push(...faultsOfParameters(service.provider.stage, values));
    for (const fault of faults) console.error(fault);
    // An error thrown here would come with a report for the framework's developers.
    if (faults.length > 0) process.exit(1);
    // The doctor itself tells what is wrong with a parameter; the framework would end before.
    if (command === 'preflight') configurationInput.configValidationMode = 'off';
    this.configurationVariablesSources = {
      filterPolicy: {
        resolve: ({ address }: { readonly address: string }) => ({ value: filterPolicyOf(values[address]) }),
      },
    };
    this.hooks = {
      'after:package:finalize': () => {
        if (values['apiKeys'] !== '') return;
        console.warn('Warning: no API key is configured, so every push will be refused. Run `npm run key -- NAME`.');
      },
      'preflight:examine': async () => {
        // The framework completes the options only after it has loaded its plugins.
        const { json, 'aws-profile': profile } = cliOptions;
        const { region, stage } = service.provider;
        const { examine, isReady, report, reportJson } = await import('./doctor/doctor.ts');
        const deployment = { stage, region, stackName: `${service.service}-${stage}` };
        const options = { region, ...(profile !== undefined && { profile }) };
        const checks = await examine(deployment, values, options);
        console.log(json === true ? reportJson(deployment, checks) : report(checks));
        if (!isReady(checks)) process.exitCode = 1;
      },
    };
  }
}

/** A faulty filter is reported with the other parameters. Without conditions there is no policy. */
function filterPolicyOf(filter: ParameterValues[string] | undefined) {
  // With a wrong name in the template, a subscriber would get everything.
  if (filter === undefined) throw new Error('${filterPolicy:NAME} is not the name of a parameter');
  const reading = parseFilter(typeof filter === 'string' ? filter : '');
  return 'value' in reading && Object.keys(reading.value).length > 0 ? reading.value : { Ref: 'AWS::NoValue' };
}

/** The parameters of a deployment: defaults, those of its stage, and those given with `--param`. */
function readParameters({ service, configurationInput, processedInput }: Serverless) {
  const { params = {} } = configurationInput;
  const given: Record<string, string> = {};
  const faults: string[] = [];
  for (const entry of processedInput.options.param ?? []) {
    const [name = '', ...value] = entry.split('=');
    if (value.length > 0) given[name] = value.join('=');
    else faults.push(`--param ${entry}: write --param ${entry}=VALUE`);
  }
  const values: ParameterValues = { ...params['default'], ...params[service.provider.stage], ...given };
  return { values, faults };
}
