import { SetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { startFauxqs, type FauxqsServer } from 'fauxqs';
import { Server } from 'node:net';
import { delayMessages } from '../shared/aws/sqs/batches.ts';
import { localRegion } from '../shared/local-stack.ts';
import { explainDataDirError, repairVisibility } from './data-dir.ts';
import type { QueueDefinition } from './template.ts';

/**
 * Starts SQS and S3 in this process, on the loopback address.
 * @param port 0 for any free port.
 * @param dataDir keeps queues and buckets; without it, they are in memory.
 * @throws ConfigurationError if it cannot use what is in the directory.
 */
export async function startEmbeddedAws(port: number, dataDir?: string): Promise<FauxqsServer> {
  // fauxqs listens on every address of the machine and has no option for it, but other machines must not be able to
  // read messages with device tokens. So this replaces the address on its way to the operating system.
  // eslint-disable-next-line @typescript-eslint/unbound-method -- Reflect.apply binds it
  const { listen } = Server.prototype;
  Server.prototype.listen = function (this: Server, ...options: unknown[]): Server {
    const [first, ...rest] = options;
    const onLoopback = isEveryAddress(first) ? [{ ...first, host: '127.0.0.1' }, ...rest] : options;
    return Reflect.apply(listen, this, onLoopback) as Server;
  };
  try {
    const options = { port, logger: false, defaultRegion: localRegion, messageSpies: { bufferSize: 1 } };
    const aws = await startFauxqs({ ...options, ...(dataDir !== undefined && { dataDir }) });
    if (dataDir !== undefined) repairVisibility(dataDir);
    return aws;
  } catch (error) {
    throw dataDir === undefined ? error : explainDataDirError(dataDir, error);
  } finally {
    Server.prototype.listen = listen;
  }
}

function isEveryAddress(options: unknown): options is { readonly host: '0.0.0.0' } {
  return typeof options === 'object' && options !== null && 'host' in options && options.host === '0.0.0.0';
}

export interface LocalQueue {
  readonly queueName: string;
  readonly url: string;
  readonly arn: string;
}

type Spied = Parameters<
  Extract<Parameters<FauxqsServer['spy']['waitForMessage']>[0], (...given: never[]) => unknown>
>[0];

/** Calls a listener with everything that happens in the embedded services, from now on. */
export function follow(aws: FauxqsServer, listener: (event: Spied) => void): void {
  // fauxqs calls the condition for each event; it never holds, so that fauxqs goes on.
  const seen = aws.spy.waitForMessage((event) => {
    listener(event);
    return false;
  });
  // A stop rejects it.
  seen.catch(() => undefined);
}

/** The messages of a queue: visible, delayed and in flight. */
export function messagesIn(aws: FauxqsServer, queueName: string) {
  const { ready = [], delayed = [], inflight = [] } = aws.inspectQueue(queueName)?.messages ?? {};
  return [...ready, ...delayed, ...inflight.map(({ message }) => message)];
}

/**
 * Creates queues in the embedded SQS. A queue that was kept gets the attributes that it has now, and its messages that
 * were in flight become visible, because nobody handles them any more.
 * @returns the queues by logical ID; it throws for any other.
 */
export async function createQueues(
  aws: FauxqsServer,
  sqs: SQSClient,
  definitions: readonly QueueDefinition[],
): Promise<(logicalId: string) => LocalQueue> {
  const queueOf = (logicalId: string): LocalQueue => {
    const queueName = definitions.find((definition) => definition.logicalId === logicalId)?.QueueName;
    if (queueName === undefined) throw new Error(`There is no queue ${logicalId}.`);
    // A second `createQueue` would delete the messages of a queue that was kept.
    const arn = aws.inspectQueue(queueName)?.arn ?? aws.createQueue(queueName).queueArn;
    // The URL that fauxqs itself returns has a host name that does not resolve.
    return { queueName, arn, url: `http://127.0.0.1:${String(aws.port)}/000000000000/${queueName}` };
  };
  for (const { logicalId, VisibilityTimeout, MessageRetentionPeriod, RedrivePolicy } of definitions) {
    const { queueName, url } = queueOf(logicalId);
    const redrive = RedrivePolicy && {
      ...RedrivePolicy,
      deadLetterTargetArn: queueOf(RedrivePolicy.deadLetterTargetArn).arn,
    };
    const Attributes = {
      VisibilityTimeout: String(VisibilityTimeout),
      MessageRetentionPeriod: String(MessageRetentionPeriod),
      RedrivePolicy: redrive ? JSON.stringify(redrive) : '',
    };
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
    const inFlight = aws.inspectQueue(queueName)?.messages.inflight ?? [];
    const delays = inFlight.map(({ receiptHandle }) => ({ receiptHandle, delaySeconds: 0 }));
    const { failed } = await delayMessages(sqs, url, delays);
    if (failed[0] !== undefined) throw failed[0].error;
  }
  return queueOf;
}
