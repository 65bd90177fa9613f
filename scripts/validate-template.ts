import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';
import * as v from 'valibot';
import { readAcceptConfiguration } from '../functions/accept/config.ts';
import { readDeliverConfiguration } from '../functions/deliver/config.ts';
import { ConfigurationError, type Environment } from '../shared/environment.ts';
import { readSweepConfiguration } from '../functions/sweep/config.ts';
import { faultsOfMappings } from './mapping-faults.ts';

/**
 * Outcomes that say nothing of this template: hints on retention, tagging and naming that hold for any;
 * a DependsOn that is not needed (W3005), which is the framework's own; a number given as text (W9003), as every
 * parameter on a command line is; a condition that is always the same (W8003, W9053) and what it leaves out (W1028),
 * for parameters are put in when the stack is packaged.
 */
const noise = ['I9001', 'I9040', 'I1022', 'I3011', 'W3005', 'W9003', 'W8003', 'W9053', 'W1028'];

/** What CloudFormation is told of a switch: whether its parameter, put in by the framework, is the word `true`. */
const switchShape = v.object({ 'Fn::Equals': v.tuple([v.string(), v.literal('true')]) });

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const environmentBytes = 4096;

const templateShape = v.object({
  Conditions: v.optional(v.record(v.string(), v.unknown()), {}),
  Resources: v.record(v.string(), v.object({ Type: v.string(), Properties: v.optional(v.unknown()) })),
});
type Template = v.InferOutput<typeof templateShape>;
const functionShape = v.object({ Environment: v.object({ Variables: v.record(v.string(), v.unknown()) }) });

const readers = {
  AcceptLambdaFunction: readAcceptConfiguration,
  DeliverLambdaFunction: readDeliverConfiguration,
  SweepLambdaFunction: readSweepConfiguration,
} as const satisfies Record<string, (environment: Environment) => unknown>;

/** All that is wrong with a packaged template, by AWS's own validator and by what the functions will read of it. */
export function faultsOfTemplate(path: string): string[] {
  const engine = new RegoEngine();
  // Strict, because a wrong value in an enumeration is only a warning otherwise.
  const report = engine.validateStandard(new TemplateFile(path), { exclude: { ids: noise }, strict: true });
  engine.free();
  const faults = report.diagnostics
    .filter(({ severity }) => severity !== 'INFO' && severity !== 'DEBUG')
    .map(({ severity, ruleId, message, entity, propertyPath }) => {
      const place = [entity?.logicalId, propertyPath].filter(Boolean).join(' ');
      return `${severity} ${ruleId} ${place}: ${message}`;
    });
  if (report.status !== 'OK') faults.push(`the analysis is not complete: ${report.status}`);
  const template = v.parse(templateShape, JSON.parse(readFileSync(path, 'utf8')));
  return [
    ...faults,
    ...faultsOfDoor(template),
    ...faultsOfClock(template),
    ...faultsOfSwitches(template),
    ...faultsOfAddresses(template),
    ...faultsOfMappings(template.Resources),
    ...faultsOfEnvironments(template),
  ];
}

/** A door that is open to everybody is for the local stack, which is never packaged. */
function faultsOfDoor({ Resources }: Template): string[] {
  const { Variables } = v.parse(functionShape, Resources['AcceptLambdaFunction']?.Properties).Environment;
  return Variables['OPEN_INTAKE'] === 'true'
    ? ['openDoor is for the local stack: a deployment needs keys, apiKeys']
    : [];
}

/** A deployment's ticks come when its schedule says, and a sweep that runs faster would be done long before. */
function faultsOfClock({ Resources }: Template): string[] {
  const { Variables } = v.parse(functionShape, Resources['SweepLambdaFunction']?.Properties).Environment;
  return Variables['SWEEP_SPEED'] === '1' ? [] : ['sweepSpeed is for the local stack: a deployment runs at 1'];
}

/** What is neither `true` nor `false` would switch something off without a word. */
function faultsOfSwitches({ Conditions }: Template): string[] {
  return Object.entries(Conditions).flatMap(([name, condition]) => {
    const alternatives = v.is(v.object({ 'Fn::Or': v.array(v.unknown()) }), condition)
      ? condition['Fn::Or']
      : [condition];
    return alternatives
      .filter((alternative) => v.is(switchShape, alternative))
      .map(({ 'Fn::Equals': [value] }) => value)
      .filter((value) => value !== 'true' && value !== 'false')
      .map((value) => `${name} must be switched by true or false, not by '${value}'`);
  });
}

/** Whom the alarms write to; an empty address is none, and its subscription is not made. */
function faultsOfAddresses({ Resources }: Template): string[] {
  const subscription = v.object({ Protocol: v.literal('email'), Endpoint: v.pipe(v.string(), v.nonEmpty()) });
  return Object.values(Resources)
    .map(({ Properties }) => Properties)
    .filter((properties) => v.is(subscription, properties))
    .filter(({ Endpoint }) => !Endpoint.includes('@'))
    .map(({ Endpoint }) => `alarmEmail must be an address with an @ in it, not '${Endpoint}'`);
}

function faultsOfEnvironments({ Resources }: Template): string[] {
  return Object.entries(readers).flatMap(([logicalId, readConfiguration]) => {
    const { Variables } = v.parse(functionShape, Resources[logicalId]?.Properties).Environment;
    const environment = Object.entries(Variables).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : resolved(value, Resources),
    ]);
    const bytes = environment.reduce((sum, [name, value]) => sum + Buffer.byteLength(name + value), 0);
    const tooLarge =
      bytes > environmentBytes ? [`${logicalId} has an environment of more than 4 KB: ${String(bytes)} bytes`] : [];
    try {
      readConfiguration(Object.fromEntries(environment));
      return tooLarge;
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      return [...tooLarge, ...error.message.split('\n').map((fault) => `${logicalId} ${fault}`)];
    }
  });
}

/** What a reference becomes once the stack stands: of a bucket its name, of a queue its URL. */
function resolved(reference: unknown, resources: Template['Resources']): string {
  const { Ref } = v.parse(v.object({ Ref: v.string() }), reference);
  return resources[Ref]?.Type === 'AWS::S3::Bucket'
    ? 'pnm2-relay-dev-sweepsbucket-0123456789ab'
    : 'https://sqs.us-east-1.amazonaws.com/123456789012/queue';
}

if (import.meta.main) {
  const [path = fileURLToPath(new URL('../.serverless/cloudformation-template-update-stack.json', import.meta.url))] =
    process.argv.slice(2);
  const faults = faultsOfTemplate(path);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exit(1);
  console.log('The packaged template is valid.');
}
