import { QueueDoesNotExist, ReceiveMessageCommand, type Message } from '@aws-sdk/client-sqs';
import { deleteMessages } from '../../shared/aws/sqs/batches.ts';
import { sqsLimits } from '../../shared/aws/limits.ts';
import { faultsOfSize, type FilterPolicy } from '../../shared/outcomes/filter.ts';
import { exitCodes, UsageError, type ExitCode, type Given } from '../cli-context.ts';
import { waitSeconds, type OutcomesTopic } from './connection.ts';
import { lineOf } from './event-line.ts';
import { onSubscribedQueue, removeAbandonedQueues } from './subscribed-queue.ts';

type Filters = Given<Record<'outcome' | 'reason' | 'verb' | 'appId' | 'client' | 'queue', readonly string[]>>;
type TailOptions = Filters & Given<{ json: boolean; reveal: boolean }>;

/** Receive calls at the same time: one alone would fall behind a sweep with receipts. */
const receivers = 4;

/** Prints the outcomes of the relay as they come, until it is interrupted. @throws UsageError */
export async function tail(topic: OutcomesTopic, { json, reveal, ...filters }: TailOptions): Promise<ExitCode> {
  const { stdout, stderr, interrupted } = topic.context;
  const policy = policyOf(filters);
  await removeAbandonedQueues(topic);
  const print = (body: string) => {
    const line = json ? compactJson(body) : lineOf(body, reveal === true);
    if (line === undefined) stderr.write('An event could not be read: update this checkout, or see --json.\n');
    else stdout.write(`${line}\n`);
  };
  await onSubscribedQueue(topic, policy, async (queueUrl) => {
    stderr.write('Waiting for outcomes… Press Ctrl-C to end.\n');
    try {
      await receiveAll(topic, queueUrl, policy, print);
    } finally {
      if (interrupted.aborted) {
        stderr.write('Interrupted: removing the queue of this tail. Press Ctrl-C again to end at once.\n');
      }
    }
  });
  return exitCodes.interrupted;
}

/** Receives messages until the user interrupts. */
async function receiveAll(
  { sqs, context }: OutcomesTopic,
  queueUrl: string,
  policy: FilterPolicy,
  print: (body: string) => void,
): Promise<void> {
  const failure = new AbortController();
  const abortSignal = AbortSignal.any([context.interrupted, failure.signal]);
  const receive = async () => {
    while (!abortSignal.aborted) {
      const { Messages: messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: sqsLimits.batchMessages,
          WaitTimeSeconds: waitSeconds,
          MessageAttributeNames: ['All'],
        }),
        { abortSignal },
      );
      // A new filter may take 15 minutes until SNS applies it everywhere:
      // https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
      for (const message of messages) if (meets(policy, message)) print(message.Body ?? '');
      const { failed } = await deleteMessages(
        sqs,
        queueUrl,
        messages.map(({ ReceiptHandle: receiptHandle = '' }) => ({ receiptHandle })),
      );
      if (failed[0] !== undefined) throw failed[0].error;
    }
  };
  const receiving = Array.from({ length: receivers }, () =>
    receive().catch((error: unknown) => {
      failure.abort();
      throw error;
    }),
  );
  await Promise.all(receiving).catch((error: unknown) => {
    if (!(error instanceof QueueDoesNotExist)) throw error;
    throw new UsageError('The queue of this tail is gone: something else has removed it. Run the command again.');
  });
}

/** The filter that SNS gets. @throws UsageError if it is larger than SNS allows. */
function policyOf({ outcome, reason, verb, appId, client, queue }: Filters): FilterPolicy {
  const policy: FilterPolicy = {
    ...(outcome && { outcome }),
    ...(reason && { reason }),
    ...(verb && { verb }),
    ...(appId && { appId }),
    ...(client && { client }),
    ...(queue && { queue }),
  };
  const [fault] = faultsOfSize(policy);
  if (fault !== undefined) throw new UsageError(`The filter ${fault}.`);
  return policy;
}

function meets(policy: FilterPolicy, { MessageAttributes: attributes }: Message): boolean {
  return Object.entries(policy).every(([name, values]) => values.includes(attributes?.[name]?.StringValue ?? ''));
}

/** JSON in one line; `undefined` if it is none. */
function compactJson(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return undefined;
  }
}
