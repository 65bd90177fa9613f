/**
 * Limits of the platform that the code and the template must respect.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
export const sqsLimits = {
  /** Messages in one batch call. */
  batchMessages: 10,
  /** Bytes of one message with its attributes, and also of one batch. */
  messageBytes: 1_048_576,
  /** Counted from the first receive. */
  visibilityTimeoutSeconds: 43_200,
  retentionSeconds: 1_209_600,
  /** The maximum of DelaySeconds. */
  delaySeconds: 900,
  /** Characters of a MessageGroupId. */
  messageGroupIdCharacters: 128,
  /**
   * The approximate number of messages of a standard queue that can be received and not yet deleted:
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
   */
  inFlightMessages: 120_000,
} as const;

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
export const eventSourceMappingLimits = {
  /** The visibility timeout of the queue must be at least this number of function timeouts, plus the batching window. */
  visibilityTimeoutsPerFunctionTimeout: 6,
  batchRecords: 10_000,
  /** A larger batch requires a batching window of at least one second. */
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
