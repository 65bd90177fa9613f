import { InvalidArgumentError, type Command } from '@commander-js/extra-typings';
import type { CliContext, ExitCode } from '../cli-context.ts';
import { addTargetOptions, onTarget, type TargetOptions } from '../target.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';

/** The options that choose a relay and its queues. */
export interface QueueOptions extends TargetOptions {
  readonly undeliverableUrl?: string | undefined;
  /** The URLs of the other queues, by name. */
  readonly queueUrl?: ReadonlyMap<string, string> | undefined;
}

/** Adds the options that choose a relay and its queues. */
export function addQueueOptions(command: Command) {
  return addTargetOptions(command, ['undeliverableUrl', 'queueUrl'], 'the queues')
    .option('--undeliverable-url <url>', 'the queue of the dead letters; CloudFormation is not asked', parseUrl)
    .option('--queue-url <name=url>', 'the URL of another queue, such as pushes=URL; repeat for more', parseQueueUrl);
}

/** Connects to the queues, runs `work` and disconnects. */
export function onQueue(
  options: QueueOptions,
  context: CliContext,
  work: (queue: DeadLetterQueue) => Promise<ExitCode>,
): Promise<ExitCode> {
  const region = options.region ?? regionOf(options.undeliverableUrl);
  return onTarget({ ...options, region }, context, async (target) => {
    const { connectToQueues } = await import('./dead-letter-queue.ts');
    const queue = await connectToQueues(target, options, context);
    try {
      return await work(queue);
    } finally {
      queue.sqs.destroy();
    }
  });
}

/** The region in the URL of an SQS queue. */
function regionOf(queueUrl: string | undefined): string | undefined {
  return queueUrl === undefined ? undefined : /^https:\/\/sqs\.([a-z\d-]+)\./.exec(queueUrl)?.[1];
}

function parseUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('Use the URL of a queue, such as https://sqs.eu-central-1.amazonaws.com/1234/name.');
}

function parseQueueUrl(text: string, before: ReadonlyMap<string, string> | undefined): ReadonlyMap<string, string> {
  const [, name, url] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (name === undefined || url === undefined) throw new InvalidArgumentError('Use NAME=URL, such as pushes=URL.');
  return new Map([...(before ?? []), [name, parseUrl(url)]]);
}
