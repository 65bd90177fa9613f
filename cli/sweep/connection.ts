import { InvalidArgumentError, type Command } from '@commander-js/extra-typings';
import { readLocalStack } from '../../shared/local-stack.ts';
import { sweepSettings } from '../../shared/settings.ts';
import type { PushRules } from '../../shared/push/validation.ts';
import type { CliContext, ExitCode, Given } from '../cli-context.ts';
import { readLocalVariables } from '../local-variables.ts';
import {
  addTargetOptions,
  clientOptions,
  onTarget,
  readStackOutputs,
  relayName,
  type Target,
  type TargetOptions,
} from '../target.ts';

export type BucketOptions = TargetOptions & Given<{ bucket: string; tickMinutes: number }>;

export function addBucketOptions(command: Command) {
  return addTargetOptions(command, ['bucket', 'tickMinutes'], 'the bucket')
    .option('--bucket <name>', 'the bucket of the sweeps, instead of the one in the outputs of the stack')
    .option(
      '--tick-minutes <number>',
      `with --bucket: tickMinutes of the deployment (default: ${sweepSettings.tickMinutes.default ?? ''})`,
      tickMinutesArgument,
    );
}

function tickMinutesArgument(text: string): number {
  const reading = sweepSettings.tickMinutes.read(text);
  if ('value' in reading) return reading.value;
  throw new InvalidArgumentError(`It ${reading.faults.join('; ')}.`);
}

/** What a preview needs. It does not need the network, so a file can be previewed without it. */
export type PreviewSettings = ReturnType<typeof previewSettings>;

export type SweepConnection = Awaited<ReturnType<typeof connectToBucket>>;

/**
 * The settings for a preview.
 * @param environment of the local stack: without a connection, that of the CLI.
 * @throws ConfigurationError
 */
export function previewSettings(
  { local, tickMinutes: given }: BucketOptions,
  context: CliContext,
  environment = context.environment,
) {
  const { tickMinutes, sweepSpeed: speed } = readLocalStack(local ? environment : {});
  // The default rules: the CLI does not know those of the deployment.
  const rules: PushRules = { extraVerbs: [], selectorRequired: true };
  // Plans run faster than written by the factor `speed`.
  return { tickMs: ((given ?? tickMinutes) * 60_000) / speed, speed, rules, context, now: context.now };
}

/** Connects to the bucket, runs `work` and disconnects. */
export function onBucket(
  options: BucketOptions,
  context: CliContext,
  work: (connection: SweepConnection) => Promise<ExitCode>,
): Promise<ExitCode> {
  return onTarget(options, context, (target) => connectToBucket(target, options, context), work);
}

async function connectToBucket(target: Target, options: BucketOptions, context: CliContext) {
  const { S3Client } = await import('@aws-sdk/client-s3');
  const { createStore } = await import('../../shared/sweeps/store.ts');
  const found = await findBucket(target, options);
  const { bucket } = found;
  const s3 = new S3Client({
    ...clientOptions(target),
    forcePathStyle: target.kind === 'local',
    // No limit for a whole call, which a slow upload would reach: only for the time without any data.
    requestHandler: { connectionTimeout: 3000, socketTimeout: 30_000 },
  });
  const store = createStore(s3, bucket);
  const variables = target.kind === 'local' ? await readLocalVariables(store) : {};
  return {
    ...previewSettings({ ...options, ...found }, context, { ...context.environment, ...variables }),
    ...{ s3, bucket, store },
    disconnect: () => {
      s3.destroy();
    },
  };
}

/** The bucket and the ticks: given as options, or found in the outputs of the stack. */
async function findBucket(target: Target, { bucket, tickMinutes }: BucketOptions) {
  if (target.kind === 'local') return { bucket: `${relayName}-local-sweeps` };
  if (bucket !== undefined) return { bucket, tickMinutes };
  const outputs = await readStackOutputs(target);
  const minutes = Number(outputs.get('SweepTickMinutes'));
  return {
    bucket: outputs.require('SweepsBucketName', 'name the bucket with --bucket'),
    tickMinutes: tickMinutes ?? (minutes > 0 ? minutes : undefined),
  };
}
