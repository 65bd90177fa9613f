import { InvalidArgumentError, type Command } from '@commander-js/extra-typings';
import { sqsLimits } from '../../shared/aws/limits.ts';
import type { BatchFailure } from '../../shared/aws/batch-calls.ts';
import type { CliContext, ExitCode, Given } from '../cli-context.ts';
import {
  addTargetOptions,
  clientOptions,
  explain,
  onTarget,
  readStackOutputs,
  relayName,
  type Target,
  type TargetOptions,
} from '../target.ts';

/** The options that choose a relay and its queues. `queueUrl` has the URLs of the other queues, by name. */
export type QueueOptions = TargetOptions & Given<{ undeliverableUrl: string; queueUrl: ReadonlyMap<string, string> }>;

/** A connection to the dead letters of a relay, and to the queues that they came from. */
export type DeadLetterQueue = Awaited<ReturnType<typeof connectToQueues>>;

export type ReaderSettings = Readonly<typeof defaultReaderSettings>;

const defaultReaderSettings = {
  /**
   * How long a message stays hidden after a crash. While the reader runs, it extends this time: long enough for few
   * extensions, short enough that messages are soon back after a crash.
   */
  visibilitySeconds: 300,
  /** Receive calls at the same time. */
  receivers: 16,
  /** The most messages held at the same time. Leaves room for other readers, and for the inaccuracy of the limit. */
  maxHeld: sqsLimits.inFlightMessages - 20_000,
  /**
   * How long SQS waits for messages before it returns none. With any wait, SQS asks all of its servers, so that an empty
   * response can be trusted:
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
   */
  waitSeconds: 1,
};

/** Adds the options that choose a relay and its queues. */
export function addQueueOptions(command: Command) {
  return addTargetOptions(command, ['undeliverableUrl', 'queueUrl'], 'the queues')
    .option(
      '--undeliverable-url <url>',
      'the URL of the queue undeliverable, instead of the one in the outputs of the stack',
      parseUrl,
    )
    .option('--queue-url <name=url>', 'the URL of another queue, such as pushes=URL; repeat for more', parseQueueUrl);
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

/** Connects to the queues, runs `work` and disconnects. */
export function onQueue(
  options: QueueOptions,
  context: CliContext,
  work: (queue: DeadLetterQueue) => Promise<ExitCode>,
): Promise<ExitCode> {
  const regionInUrl = /^https:\/\/sqs\.([a-z\d-]+)\./.exec(options.undeliverableUrl ?? '')?.[1];
  const target = { ...options, region: options.region ?? regionInUrl };
  return onTarget(target, context, (resolved) => connectToQueues(resolved, options, context), work);
}

/** Throws UsageError and the errors of the SDK. */
export async function connectToQueues(target: Target, options: QueueOptions, context: CliContext) {
  const queues = await findQueues(target, options);
  const { SQSClient } = await import('@aws-sdk/client-sqs');
  const sqs = new SQSClient({
    ...clientOptions(target),
    // The URL of the queue can be that of a private endpoint.
    ...(options.undeliverableUrl !== undefined && { endpoint: new URL(options.undeliverableUrl).origin }),
    requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
  return {
    ...{ sqs, ...queues, context },
    disconnect: () => {
      sqs.destroy();
    },
    /** The reason for a failure, in one line. */
    explain: ({ scope, error }: BatchFailure<unknown>) =>
      (scope === 'call' ? explain(error, target) : undefined) ?? `${error.name}: ${error.message}`,
    // The embedded SQS has one server, so that no wait is needed.
    readerSettings: { ...defaultReaderSettings, ...(target.kind === 'local' && { waitSeconds: 0 }) },
  };
}

/** A dead letter must not be redriven to the queue of the dead letters. */
const undeliverable = 'undeliverable';

/**
 * The URLs of the queues: given as options, or found in the outputs of the stack, with the address of the intake. `urlOf`
 * returns `undefined` for a queue whose URL is unknown.
 */
async function findQueues(target: Target, { undeliverableUrl, queueUrl }: QueueOptions) {
  if (target.kind === 'local') {
    const localUrl = (name: string) => `${target.endpoint}/000000000000/${relayName}-local-${name}`;
    const urlOf = (name: string) => (/^[\w-]+$/.test(name) && name !== undeliverable ? localUrl(name) : undefined);
    return { undeliverableUrl: localUrl(undeliverable), urlOf };
  }
  if (undeliverableUrl !== undefined) return { undeliverableUrl, urlOf: (name: string) => queueUrl?.get(name) };
  const outputs = await readStackOutputs(target);
  // The output PushesQueueUrl is the URL of the queue `pushes`.
  const outputOf = (name: string) => outputs.get(`${name.charAt(0).toUpperCase()}${name.slice(1)}QueueUrl`);
  const urlOf = (name: string) => queueUrl?.get(name) ?? (name === undeliverable ? undefined : outputOf(name));
  const remedy = 'pass the URL of the queue with --undeliverable-url';
  return { undeliverableUrl: outputs.require('UndeliverableQueueUrl', remedy), pushUrl: outputs.get('PushUrl'), urlOf };
}
