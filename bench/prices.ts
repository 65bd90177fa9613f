/**
 * What AWS asks in us-east-1, in dollars, as of 2026-11, beyond the free tier and in the first step of each price.
 * - https://aws.amazon.com/api-gateway/pricing/ (HTTP APIs)
 * - https://aws.amazon.com/lambda/pricing/ (arm64)
 * - https://aws.amazon.com/sqs/pricing/ (standard queues, and fair queues)
 * - https://aws.amazon.com/cloudwatch/pricing/ (logs)
 * - https://aws.amazon.com/ec2/pricing/on-demand/ (data transfer out)
 */
export const prices = {
  asOf: '2026-11',
  region: 'us-east-1',
  httpApiRequest: 1.0e-6,
  lambdaRequest: 0.2e-6,
  lambdaGbSecond: 0.0000133334,
  sqsRequest: 0.4e-6,
  /** On top of the request that sends messages with a group id to a standard queue. */
  sqsFairQueueRequest: 0.1e-6,
  /** Each so many bytes of a payload are a request. */
  sqsRequestBytes: 65_536,
  logByte: 0.5 / 2 ** 30,
  egressByte: 0.09 / 2 ** 30,
} as const;

/** A function has one vCPU at this memory, and less in proportion. */
export const mbOfOneVcpu = 1769;
