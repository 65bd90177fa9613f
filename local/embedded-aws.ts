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
    const options = { port, logger: false, defaultRegion: localRegion, messageSpies: true };
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

/** A queue that exists. */
export interface LocalQueue extends QueueDefinition {
  readonly url: string;
  readonly arn: string;
}

/**
 * Creates queues in the embedded SQS. A queue that was kept gets the attributes that it has now, and its messages that
 * were in flight become visible, because nobody handles them any more.
 * @param queues each after its dead-letter queue.
 * @returns the queues by logical ID; it throws for any other.
 */
export async function createQueues(
  aws: FauxqsServer,
  sqs: SQSClient,
  queues: readonly QueueDefinition[],
): Promise<(logicalId: string) => LocalQueue> {
  const created = new Map<string, LocalQueue>();
  const queueOf = (logicalId: string) => {
    const queue = created.get(logicalId);
    if (queue === undefined) throw new Error(`There is no queue ${logicalId}.`);
    return queue;
  };
  for (const queue of queues) {
    const { logicalId, queueName, visibilityTimeoutSeconds, retentionSeconds, redrive } = queue;
    // The URL that fauxqs itself returns has a host name that does not resolve.
    const url = `http://127.0.0.1:${String(aws.port)}/000000000000/${queueName}`;
    const kept = aws.inspectQueue(queueName);
    const arn = kept?.arn ?? aws.createQueue(queueName).queueArn;
    created.set(logicalId, { ...queue, url, arn });
    const Attributes = {
      VisibilityTimeout: String(visibilityTimeoutSeconds),
      MessageRetentionPeriod: String(retentionSeconds),
      RedrivePolicy: redrive
        ? JSON.stringify({
            deadLetterTargetArn: queueOf(redrive.toLogicalId).arn,
            maxReceiveCount: redrive.maxReceiveCount,
          })
        : '',
    };
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
    const inFlight = kept?.messages.inflight ?? [];
    await delayMessages(
      sqs,
      url,
      inFlight.map(({ receiptHandle }) => ({ receiptHandle, delaySeconds: 0 })),
    );
  }
  return queueOf;
}
