/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const queueLimits = {
  /** Counted from the first receive. */
  visibilityTimeoutSeconds: 43_200,
  retentionSeconds: 1_209_600,
} as const;

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
export const eventSourceMappingLimits = {
  /** The visibility timeout of the queue must be at least this number of function timeouts, plus the batching window. */
  visibilityTimeoutsPerFunctionTimeout: 6,
  batchRecords: 10_000,
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
  /** Of what a function returns. */
  payloadBytes: 6_291_456,
} as const;
