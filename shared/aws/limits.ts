/**
 * The platform's limits that the code and the template are held to.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
export const sqsLimits = {
  /** Messages in one batch call. */
  batchMessages: 10,
  /** Bytes of one message with its attributes, and of one batch. */
  messageBytes: 1_048_576,
  /** Reckoned from the first receive. */
  visibilityTimeoutSeconds: 43_200,
  retentionSeconds: 1_209_600,
  /** DelaySeconds. */
  delaySeconds: 900,
  /** Characters of a MessageGroupId. */
  messageGroupIdCharacters: 128,
  /**
   * Messages of one standard queue that are received and not yet deleted, about:
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
   */
  inFlightMessages: 120_000,
} as const;

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
export const eventSourceMappingLimits = {
  /** The queue's visibility time-out must be at least so many function time-outs, plus the batching window. */
  visibilityTimeoutsPerFunctionTimeout: 6,
  batchRecords: 10_000,
  /** Above this a batching window of at least a second is required. */
  batchRecordsWithoutWindow: 10,
  /** MaximumBatchingWindowInSeconds. */
  windowSeconds: 300,
  /** MaximumConcurrency. */
  concurrencyAtLeast: 2,
  concurrency: 1000,
} as const;

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
export const httpApiLimits = {
  integrationTimeoutSeconds: 30,
  payloadBytes: 10_485_760,
} as const;

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const lambdaLimits = {
  timeoutSeconds: 900,
} as const;
