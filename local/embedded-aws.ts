import { Server } from 'node:net';
import { startFauxqs, type FauxqsServer } from 'fauxqs';
import { localRegion } from '../shared/local-stack.ts';
import type { QueueDefinition } from './template.ts';

/** Starts SQS and S3 in this process, on the loopback address. @param port 0 for any free port. */
export async function startEmbeddedAws(port: number): Promise<FauxqsServer> {
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
    return await startFauxqs({ port, logger: false, defaultRegion: localRegion, messageSpies: true });
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
 * Creates queues in the embedded SQS. @param queues each after its dead-letter queue.
 * @returns the queues by logical ID; it throws for any other.
 */
export function createQueues(aws: FauxqsServer, queues: readonly QueueDefinition[]): (logicalId: string) => LocalQueue {
  const created = new Map<string, LocalQueue>();
  const queueOf = (logicalId: string) => {
    const queue = created.get(logicalId);
    if (queue === undefined) throw new Error(`There is no queue ${logicalId}.`);
    return queue;
  };
  for (const queue of queues) {
    const { logicalId, queueName, visibilityTimeoutSeconds, retentionSeconds, redrive } = queue;
    const { queueArn } = aws.createQueue(queueName, {
      attributes: {
        VisibilityTimeout: String(visibilityTimeoutSeconds),
        MessageRetentionPeriod: String(retentionSeconds),
        ...(redrive && {
          RedrivePolicy: JSON.stringify({
            deadLetterTargetArn: queueOf(redrive.toLogicalId).arn,
            maxReceiveCount: redrive.maxReceiveCount,
          }),
        }),
      },
    });
    // The URL that fauxqs itself returns has a host name that does not resolve.
    const url = `http://127.0.0.1:${String(aws.port)}/000000000000/${queueName}`;
    created.set(logicalId, { ...queue, url, arn: queueArn });
  }
  return queueOf;
}
