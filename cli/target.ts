import { Option, type Command } from '@commander-js/extra-typings';
import type { Environment } from '../shared/environment.ts';
import { localClient, readLocalStack } from '../shared/local-stack.ts';
import { UsageError, type CliContext, type Given } from './cli-context.ts';

export type TargetOptions = { readonly stage: string } & Given<{ local: boolean; region: string; stack: string }>;

export type Target = { readonly kind: 'local'; readonly endpoint: string } | AwsTarget;
interface AwsTarget {
  readonly kind: 'aws';
  readonly region: string;
  readonly stackName: string;
}

/** The prefix of the names of stacks, queues and buckets. */
export const relayName = 'pnm2-relay';

/**
 * Adds the options that choose a relay. Subcommands inherit them.
 * @param conflicts further options that cannot be combined with `--local`.
 * @param resources what the command reads from the outputs of the stack.
 */
export function addTargetOptions(command: Command, conflicts: readonly string[], resources: string) {
  return command
    .addOption(
      new Option('--local', 'use the local stack of npm start, at AWS_PORT').conflicts([
        ...['region', 'stage', 'stack'],
        ...conflicts,
      ]),
    )
    .addOption(new Option('--stage <name>', 'the deployed stage').default('dev'))
    .option('--region <name>', 'the AWS region of the deployment (default: AWS_REGION, or us-east-1)')
    .option('--stack <name>', `the CloudFormation stack whose outputs name ${resources} (default: pnm2-relay-STAGE)`);
}

/** @throws UsageError, ConfigurationError */
function resolveTarget({ local, stage, region, stack }: TargetOptions, environment: Environment): Target {
  if (local) {
    const { awsPort: port } = readLocalStack(environment);
    if (port === 0) throw new UsageError('AWS_PORT is 0: set it to the SQS port that npm start prints.');
    return { kind: 'local', endpoint: `http://127.0.0.1:${String(port)}` };
  }
  const chosen = region ?? environment['AWS_REGION'];
  return {
    kind: 'aws',
    region: chosen === undefined || chosen === '' ? 'us-east-1' : chosen,
    stackName: stack ?? `${relayName}-${stage}`,
  };
}

/**
 * Connects to the relay that the options choose, runs `work`, and disconnects.
 * @throws UsageError for every error that the user can solve.
 */
export async function onTarget<C extends { readonly disconnect: () => void }, T>(
  options: TargetOptions,
  { environment }: CliContext,
  connect: (target: Target) => Promise<C>,
  work: (connection: C) => Promise<T>,
): Promise<T> {
  const target = resolveTarget(options, environment);
  let connection: C | undefined;
  try {
    connection = await connect(target);
    return await work(connection);
  } catch (error) {
    const explanation = explain(error, target);
    throw explanation === undefined ? error : new UsageError(explanation, { cause: error });
  } finally {
    connection?.disconnect();
  }
}

export function clientOptions(target: Target) {
  if (target.kind === 'aws') return { region: target.region, maxAttempts: 5 };
  return { ...localClient(target.endpoint), maxAttempts: 2 };
}

/** The outputs of a stack. Throws the errors of the SDK. */
export async function readStackOutputs({ region, stackName }: AwsTarget) {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const cloudFormation = new CloudFormationClient({ region });
  try {
    const { Stacks: stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackName }));
    const outputs = stacks?.[0]?.Outputs ?? [];
    const get = (name: string) => outputs.find(({ OutputKey: key }) => key === name)?.OutputValue;
    return {
      get,
      /** @throws UsageError for a stack that was deployed by a version without this output. */
      require(name: string, remedy: string): string {
        const value = get(name);
        if (value !== undefined) return value;
        throw new UsageError(`The stack ${stackName} has no output ${name}: deploy it again, or ${remedy}.`);
      },
    };
  } finally {
    cloudFormation.destroy();
  }
}

const networkErrors = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ETIMEDOUT']);

/** The error and its remedy in one line, or `undefined` for an error that the user cannot solve. */
export function explain(error: unknown, target: Target): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name } = error;
  const message = error.message.replace(/\s+/g, ' ').trim();
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (error instanceof UsageError) return message;
  if (networkErrors.has(code) || name === 'TimeoutError') {
    return target.kind === 'local'
      ? `Nothing answers at ${target.endpoint}: start the local stack with npm start, or set AWS_PORT if it uses another port.`
      : `Cannot reach AWS in ${target.region} (${message || code}): check the network and --region.`;
  }
  if (name === 'NotFoundException') {
    return target.kind === 'local'
      ? `The server at ${target.endpoint} has no topic outcomes: check that it is the SNS of npm start.`
      : `There is no such topic in ${target.region}: check --topic-arn, or --stage and --region.`;
  }
  if (name === 'QueueDoesNotExist' || name === 'NoSuchBucket') {
    const [what, given, service] = name === 'NoSuchBucket' ? ['bucket', '--bucket', 'S3'] : ['queue', 'the URL', 'SQS'];
    return target.kind === 'local'
      ? `The server at ${target.endpoint} has no such ${what}: check that it is the ${service} of npm start.`
      : `There is no such ${what} in ${target.region}: check ${given}, or --stage and --region.`;
  }
  if (name === 'ResourceNotFoundException') {
    return target.kind === 'local'
      ? `The local stack has no table of devices: stop it, and run npm start again.`
      : `There is no such table in ${target.region}: check --table, or --stage and --region.`;
  }
  // S3 can leave out who was refused what, and always does in its response to HEAD.
  if (
    ['AccessDenied', 'Forbidden', '403'].includes(name) &&
    /^(access denied|forbidden|unknownerror)?$/i.test(message)
  ) {
    return 'AWS answered AccessDenied: these credentials may not use the bucket. Check AWS_PROFILE, and --stage and --region or --bucket.';
  }
  if (name === 'CredentialsProviderError') {
    return `No usable AWS credentials (${message}): set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or pass --local to use the local stack.`;
  }
  if (target.kind === 'aws' && name === 'ValidationError' && message.includes('does not exist')) {
    return `There is no stack ${target.stackName} in ${target.region}: check --stage or --stack, and --region.`;
  }
  // Errors from AWS explain themselves.
  return '$fault' in error ? `AWS answered ${name}: ${message}` : undefined;
}
