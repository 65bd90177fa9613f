import { SQSClient } from '@aws-sdk/client-sqs';
import type { BatchFailure } from '../../shared/aws/message.ts';
import type { CliContext } from '../cli-context.ts';
import { clientOptions, explain, missingOutput, readStackOutputs, relayName, type Target } from '../target.ts';
import type { QueueOptions } from './queue-options.ts';
import { defaultReaderSettings, type ReaderSettings } from './queue-reader.ts';

/** A connection to the dead letters of a relay, and to the queues that they came from. */
export interface DeadLetterQueue {
  readonly sqs: SQSClient;
  readonly undeliverableUrl: string;
  /** The URL of the queue with this name, or `undefined` if it is unknown. */
  readonly urlOf: (queueName: string) => string | undefined;
  /** The reason for a failure, in one line. */
  readonly explain: (failure: BatchFailure<unknown>) => string;
  readonly readerSettings: ReaderSettings;
  readonly context: CliContext;
}

/** Throws UsageError and the errors of the SDK. */
export async function connectToQueues(
  target: Target,
  options: QueueOptions,
  context: CliContext,
): Promise<DeadLetterQueue> {
  const { undeliverableUrl, urlOf } = await findQueues(target, options);
  const sqs = new SQSClient({
    ...clientOptions(target),
    // The URL of the queue can be that of a private endpoint.
    ...(options.undeliverableUrl !== undefined && { endpoint: new URL(options.undeliverableUrl).origin }),
    requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
  return {
    ...{ sqs, undeliverableUrl, urlOf, context },
    explain: ({ scope, error }) =>
      (scope === 'call' ? explain(error, target) : undefined) ?? `${error.name}: ${error.message}`,
    // The embedded SQS has one server, so that no wait is needed.
    readerSettings: target.kind === 'local' ? { ...defaultReaderSettings, waitSeconds: 0 } : defaultReaderSettings,
  };
}

/** The URLs of the queues: given as options, or found in the outputs of the stack. */
async function findQueues(
  target: Target,
  { undeliverableUrl, queueUrl }: QueueOptions,
): Promise<Pick<DeadLetterQueue, 'undeliverableUrl' | 'urlOf'>> {
  if (target.kind === 'local') {
    const localUrl = (name: string) => `${target.endpoint}/000000000000/${relayName}-local-${name}`;
    const urlOf = (name: string) => (/^[\w-]+$/.test(name) ? localUrl(name) : undefined);
    return { undeliverableUrl: localUrl('undeliverable'), urlOf };
  }
  if (undeliverableUrl !== undefined) return { undeliverableUrl, urlOf: (name) => queueUrl?.get(name) };
  const outputs = await readStackOutputs(target);
  // The output PushesQueueUrl is the URL of the queue `pushes`.
  const outputOf = (name: string) => outputs.get(`${name.charAt(0).toUpperCase()}${name.slice(1)}QueueUrl`);
  const found = outputOf('undeliverable');
  if (found === undefined) {
    throw missingOutput(
      target.stackName,
      'UndeliverableQueueUrl',
      'pass the URL of the queue with --undeliverable-url',
    );
  }
  const isRedriveTarget = (name: string) => name !== 'undeliverable';
  return {
    undeliverableUrl: found,
    urlOf: (name) => queueUrl?.get(name) ?? (isRedriveTarget(name) ? outputOf(name) : undefined),
  };
}
