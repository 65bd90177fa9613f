/** A queue that `deliver` consumes: `pushes`, where somebody waits, or a bulk lane. */
export interface Lane {
  readonly name: string;
  readonly queueUrl: string;
}

/**
 * The lane that a record came from, by the queue's name: the last part of its ARN, and of its URL.
 * @throws Error for a queue that is no lane of this deployment, which only a wrong mapping can bring about.
 */
export function laneOf(queueArn: string, lanes: readonly Lane[]): Lane {
  const queueName = queueArn.slice(queueArn.lastIndexOf(':') + 1);
  const lane = lanes.find(({ queueUrl }) => queueUrl.slice(queueUrl.lastIndexOf('/') + 1) === queueName);
  if (lane === undefined) throw new Error(`${queueName} is no lane of this deployment`);
  return lane;
}
