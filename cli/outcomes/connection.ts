import { InvalidArgumentError, type Command } from '@commander-js/extra-typings';
import { localRegion } from '../../shared/local-stack.ts';
import type { CliContext, ExitCode, Given } from '../cli-context.ts';
import {
  addTargetOptions,
  clientOptions,
  onTarget,
  readStackOutputs,
  relayName,
  type Target,
  type TargetOptions,
} from '../target.ts';

export type TopicOptions = TargetOptions & Given<{ topicArn: string }>;

/** A connection to the topic of a relay, and to the SQS beside it. */
export type OutcomesTopic = Awaited<ReturnType<typeof connectToTopic>>;

/** Adds the options that choose a relay and its topic. */
export function addTopicOptions(command: Command) {
  return addTargetOptions(command, ['topicArn'], 'the topic').option(
    '--topic-arn <arn>',
    'the ARN of the topic outcomes, instead of the one in the outputs of the stack',
    topicArnArgument,
  );
}

function topicArnArgument(text: string): string {
  if (/^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+$/.test(text)) return text;
  throw new InvalidArgumentError('Use the ARN of a topic, such as arn:aws:sns:eu-central-1:123456789012:name.');
}

/** Connects to the topic, runs `work` and disconnects. */
export function onTopic(
  options: TopicOptions,
  context: CliContext,
  work: (topic: OutcomesTopic) => Promise<ExitCode>,
): Promise<ExitCode> {
  const target = { ...options, region: options.region ?? options.topicArn?.split(':')[3] };
  return onTarget(target, context, (resolved) => connectToTopic(resolved, options, context), work);
}

/** How long SQS waits for messages before it returns none: as long as it can. */
export const waitSeconds = 20;

async function connectToTopic(target: Target, options: TopicOptions, context: CliContext) {
  const topicArn = await findTopic(target, options);
  const { SQSClient } = await import('@aws-sdk/client-sqs');
  const { SNSClient } = await import('@aws-sdk/client-sns');
  const timeouts = { connectionTimeout: 3000, throwOnRequestTimeout: true };
  const sqs = new SQSClient({
    ...clientOptions(target),
    // The host in the URL of a new queue of the local stack does not resolve.
    useQueueUrlAsEndpoint: false,
    requestHandler: { ...timeouts, requestTimeout: (waitSeconds + 10) * 1000 },
  });
  const sns = new SNSClient({ ...clientOptions(target), requestHandler: { ...timeouts, requestTimeout: 10_000 } });
  return {
    ...{ sqs, sns, topicArn, context },
    disconnect: () => {
      sqs.destroy();
      sns.destroy();
    },
  };
}

async function findTopic(target: Target, { topicArn }: TopicOptions): Promise<string> {
  if (target.kind === 'local') return `arn:aws:sns:${localRegion}:000000000000:${relayName}-local-outcomes`;
  if (topicArn !== undefined) return topicArn;
  const outputs = await readStackOutputs(target);
  return outputs.require('OutcomesTopicArn', 'pass the ARN of the topic with --topic-arn');
}
