import type { FauxqsServer } from 'fauxqs';
import type { QueueDefinition } from './service.ts';

/** A queue that exists. */
export interface LocalQueue extends QueueDefinition {
  readonly url: string;
  readonly arn: string;
}

/** Creates the queues of the template in the embedded SQS. @param queues each after the one that it redrives to. */
export function createQueues(sqs: FauxqsServer, queues: readonly QueueDefinition[]): Map<string, LocalQueue> {
  const created = new Map<string, LocalQueue>();
  for (const queue of queues) {
    const { logicalId, queueName, visibilityTimeoutSeconds, retentionSeconds, redrive } = queue;
    const deadLetterTargetArn = redrive && created.get(redrive.toLogicalId)?.arn;
    const { queueArn } = sqs.createQueue(queueName, {
      attributes: {
        VisibilityTimeout: String(visibilityTimeoutSeconds),
        MessageRetentionPeriod: String(retentionSeconds),
        ...(redrive && {
          RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: redrive.maxReceiveCount }),
        }),
      },
    });
    // The URL that the server itself gives has a host name that nothing resolves.
    const url = `http://127.0.0.1:${String(sqs.port)}/000000000000/${queueName}`;
    created.set(logicalId, { ...queue, url, arn: queueArn });
  }
  return created;
}
