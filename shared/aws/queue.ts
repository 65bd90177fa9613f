/** A queue that `deliver` consumes: `pushes` or `sweeps`. */
export interface Queue {
  readonly name: string;
  readonly queueUrl: string;
}

/**
 * Finds the queue that a record came from by its name, which is the last part of both its ARN and its URL.
 * @throws Error for a queue of another deployment, which only a wrong event source mapping can cause.
 */
export function queueOf(queueArn: string, queues: readonly Queue[]): Queue {
  const queueName = queueArn.slice(queueArn.lastIndexOf(':') + 1);
  const queue = queues.find(({ queueUrl }) => queueUrl.slice(queueUrl.lastIndexOf('/') + 1) === queueName);
  if (queue === undefined) throw new Error(`${queueName} is not a queue of this deployment`);
  return queue;
}
