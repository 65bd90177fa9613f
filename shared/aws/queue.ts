/** A queue that `deliver` consumes: `pushes`, where somebody waits, or a bulk queue. */
export interface Queue {
  readonly name: string;
  readonly queueUrl: string;
}

/**
 * The queue that a record came from, by the queue's name: the last part of its ARN, and of its URL.
 * @throws Error for a queue that is no queue of this deployment, which only a wrong mapping can bring about.
 */
export function queueOf(queueArn: string, queues: readonly Queue[]): Queue {
  const queueName = queueArn.slice(queueArn.lastIndexOf(':') + 1);
  const queue = queues.find(({ queueUrl }) => queueUrl.slice(queueUrl.lastIndexOf('/') + 1) === queueName);
  if (queue === undefined) throw new Error(`${queueName} is no queue of this deployment`);
  return queue;
}
