/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const sqsLimits = {
  batchMessages: 10,
  /** Bytes of one message with its attributes, and also of one batch. */
  messageBytes: 1_048_576,
  /** The maximum of DelaySeconds. */
  delaySeconds: 900,
  messageGroupIdCharacters: 128,
  /**
   * The approximate number of messages of a standard queue that can be received and not yet deleted:
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
   */
  inFlightMessages: 120_000,
} as const;

/** https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html */
export const snsLimits = {
  batchMessages: 10,
  /** Bytes of one message with its attributes, and also of one batch. */
  batchBytes: 262_144,
} as const;
