/**
 * What AWS charges in us-east-1, in dollars, as of 2026-11, beyond the free tier and in the first step of each price.
 * - https://aws.amazon.com/api-gateway/pricing/ (HTTP APIs)
 * - https://aws.amazon.com/lambda/pricing/ (arm64)
 * - https://aws.amazon.com/sqs/pricing/ (standard queues, and fair queues)
 * - https://aws.amazon.com/sns/pricing/ (standard topics)
 * - https://aws.amazon.com/cloudwatch/pricing/ (logs, metrics and alarms)
 * - https://aws.amazon.com/s3/pricing/ (LIST requests)
 * - https://aws.amazon.com/dynamodb/pricing/on-demand/ (standard tables)
 * - https://aws.amazon.com/ec2/pricing/on-demand/ (data transfer out)
 */
export const prices = {
  asOf: '2026-11',
  region: 'us-east-1',
  httpApiRequest: 1.0e-6,
  /** A larger request counts as several. */
  httpApiRequestBytes: 524_288,
  lambdaRequest: 0.2e-6,
  lambdaGbSecond: 0.0000133334,
  sqsRequest: 0.4e-6,
  /** In addition, for a request that sends messages with a group id to a standard queue. */
  sqsFairQueueRequest: 0.1e-6,
  /** A larger payload counts as several requests. */
  sqsRequestBytes: 65_536,
  /** One PublishBatch: https://docs.aws.amazon.com/sns/latest/dg/sns-batch-api-actions.html */
  snsRequest: 0.5e-6,
  /** A larger payload counts as several requests. */
  snsRequestBytes: 65_536,
  /** Of a message that passes the subscription's filter. To a queue of SQS it is free. */
  snsHttpsDelivery: 0.6e-6,
  logByte: 0.5 / 2 ** 30,
  metricMonth: 0.3,
  alarmMetricMonth: 0.1,
  s3List: 5e-6,
  /** Of up to 4 KB, consistent. */
  dynamoDbRead: 0.125e-6,
  /** Of up to 1 KB, in the table or in an index. */
  dynamoDbWrite: 0.625e-6,
  dynamoDbGbMonth: 0.25,
  /** Of the table without its indexes. */
  dynamoDbRecoveryGbMonth: 0.2,
  egressByte: 0.09 / 2 ** 30,
} as const;

/** A function has one vCPU at this memory, and less in proportion. */
export const mbOfOneVcpu = 1769;

/** As in `serverless.yml`. */
const deliverMemoryMb = 512;
const sweepMemoryMb = 512;
const concurrency = 500;

/**
 * Not measured, because there is no AWS here. The heads are a request line or a status line with the headers. Lambda
 * polls a queue that has nothing with five long polls of 20 s:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
export const assumed = {
  sqsWaitMs: 6,
  gatewayWaitMs: 100,
  pollsPerMinute: 15,
  /** `pushes`, `sweeps` and `prunes`. */
  queues: 3,
  /** Of `accept` and of `deliver` for single pushes, whether they are in use or not: an upper bound. */
  metrics: 24,
  alarmMetrics: 31,
  /** One second of it is the wait for outcome counts. */
  tickMs: 1200,
  /** Of a batch of a sweep, to send its outcome counts. */
  countsCpuMs: 1,
  dynamoDbWaitMs: 5,
  snsWaitMs: 20,
  /** Of a call that publishes events or receipts, or sends dead letters. */
  outcomeCallCpuMs: 1,
  /** The envelope and the head of a request to an HTTPS subscriber, without the event. */
  snsEnvelopeBytes: 2000,
  tlsBytesPerMessage: 29,
  answerHeadBytes: 200,
  attemptHeadBytes: 190,
} as const;

/** CloudWatch counts these for each line. */
export const logLineBytes = 26;

/** Messages that one request sends, receives or deletes, if there are as many. */
const messagesPerRequest = 10;

/** Requests to SQS that `accept` makes at the same time for a batch. */
const sendsAtOnce = 8;

/** What one push uses. CPU times are those of a full vCPU. */
export interface Usage {
  /** Where the push comes from. A sweep sends full requests to SQS, without a message group. */
  readonly source: 'accept' | 'sweep';
  /** Pushes in a request of the client: 1 for a single push, more for a batch. */
  readonly requestPushes: number;
  readonly requestBytes: number;
  /** Of the body of the answer to that request. */
  readonly answerBytes: number;
  readonly acceptCpuMs: number;
  readonly acceptMemoryMb: number;
  readonly acceptLogBytesPerRequest: number;
  readonly sweepCpuMs: number;
  readonly deliverCpuMs: number;
  /** Pushes in a batch of `deliver`. */
  readonly batchRecords: number;
  readonly deliverLogBytesPerBatch: number;
  /** The share of invocations that start an instance. Lambda bills the INIT of an instance like an invocation. */
  readonly newInstances: number;
  readonly acceptInitMs: number;
  readonly deliverInitMs: number;
  readonly messageBytes: number;
  readonly formBytes: number;
}

/** The dollars for a million pushes, by term. */
export function pricePerMillion(usage: Usage): Record<string, number> {
  const { source, requestPushes, batchRecords, acceptMemoryMb } = usage;
  const { sqsWaitMs, gatewayWaitMs, tlsBytesPerMessage, answerHeadBytes, attemptHeadBytes } = assumed;
  const fromAccept = source === 'accept' ? 1 : 0;
  const fromSweep = 1 - fromAccept;
  /** Requests of the client for each push. */
  const requests = fromAccept / requestPushes;
  const sendWaves = Math.ceil(requestPushes / messagesPerRequest / sendsAtOnce);
  const acceptMs = billedMs(usage.acceptCpuMs * requestPushes, sqsWaitMs * sendWaves, acceptMemoryMb);
  // Without rounding, because a tick takes minutes.
  const sweepMs = usage.sweepCpuMs / Math.min(1, sweepMemoryMb / mbOfOneVcpu);
  const waves = Math.ceil(batchRecords / concurrency);
  const batchCpuMs = usage.deliverCpuMs * batchRecords + fromSweep * assumed.countsCpuMs;
  const batchWaitMs = gatewayWaitMs * waves + fromSweep * sqsWaitMs;
  const deliverMs = billedMs(batchCpuMs, batchWaitMs, deliverMemoryMb) / batchRecords;
  const initPrice = (ms: number, memoryMb: number) => usage.newInstances * gbSecondsPrice(ms, memoryMb);
  const sentTogether = Math.min(messagesPerRequest, source === 'accept' ? requestPushes : Infinity);
  const receivedTogether = Math.min(messagesPerRequest, batchRecords);
  /** Requests to SQS for each push, as they are billed. */
  const requestsOf = (together: number) =>
    Math.ceil((usage.messageBytes * together) / prices.sqsRequestBytes) / together;
  const sendRequests = requestsOf(sentTogether);
  const answerBytes = answerHeadBytes + usage.answerBytes + tlsBytesPerMessage;
  const egressBytes = requests * answerBytes + attemptHeadBytes + usage.formBytes + tlsBytesPerMessage;
  const perPush = {
    'HTTP API': requests * Math.ceil(usage.requestBytes / prices.httpApiRequestBytes) * prices.httpApiRequest,
    'accept: requests': requests * prices.lambdaRequest,
    'accept: GB-seconds': requests * gbSecondsPrice(acceptMs, acceptMemoryMb),
    'accept: INIT': requests * initPrice(usage.acceptInitMs, acceptMemoryMb),
    'sweep: GB-seconds': fromSweep * gbSecondsPrice(sweepMs, sweepMemoryMb),
    'SQS: send': sendRequests * prices.sqsRequest,
    'SQS: fair queueing': fromAccept * sendRequests * prices.sqsFairQueueRequest,
    'SQS: receive': requestsOf(receivedTogether) * prices.sqsRequest,
    'SQS: delete': prices.sqsRequest / receivedTogether,
    // A message for each batch, which `sweep` receives and deletes in full requests.
    'SQS: outcome counts': (fromSweep / batchRecords) * (1 + 2 / messagesPerRequest) * prices.sqsRequest,
    'deliver: requests': prices.lambdaRequest / batchRecords,
    'deliver: GB-seconds': gbSecondsPrice(deliverMs, deliverMemoryMb),
    'deliver: INIT': initPrice(usage.deliverInitMs, deliverMemoryMb) / batchRecords,
    'logs of accept': requests * (usage.acceptLogBytesPerRequest + logLineBytes) * prices.logByte,
    'logs of deliver': ((usage.deliverLogBytesPerBatch + logLineBytes) / batchRecords) * prices.logByte,
    egress: egressBytes * prices.egressByte,
  };
  return millionOf(perPush);
}

/** What the topic and the queue `undeliverable` get of a push, beyond what `Usage` has. */
interface OutcomeUsage {
  /** Of its event or its receipt, with the attributes. */
  readonly eventBytes: number;
  /** Of its dead letter, with the attributes; absent if the push was delivered. */
  readonly deadLetterBytes?: number;
  /** Of the line about its last attempt; 0 if the push was delivered. */
  readonly logBytes: number;
  /** Pushes of a batch of `deliver` whose outcomes are published together. */
  readonly published: number;
  /** Of the one subscription whose filter it passes. */
  readonly subscriber: 'queue' | 'https';
}

/**
 * The dollars for the outcomes of a million pushes, by term, in addition to the pushes. A subscriber that is a queue pays
 * for its own receives and deletes.
 */
export function outcomesPricePerMillion(usage: OutcomeUsage): Record<string, number> {
  const { eventBytes, deadLetterBytes, logBytes, published, subscriber } = usage;
  const { snsWaitMs, sqsWaitMs, outcomeCallCpuMs, snsEnvelopeBytes, tlsBytesPerMessage } = assumed;
  const together = Math.min(messagesPerRequest, published);
  const requestsOf = (bytes: number, requestBytes: number) => Math.ceil((bytes * together) / requestBytes) / together;
  const cpuMs = outcomeCallCpuMs / Math.min(1, deliverMemoryMb / mbOfOneVcpu) / together;
  const publishMs = cpuMs + snsWaitMs / published;
  // The dead letters wait for the events.
  const deadLetterMs = deadLetterBytes === undefined ? 0 : cpuMs + sqsWaitMs / published;
  const isHttps = subscriber === 'https';
  const perPush = {
    'SNS: publish': requestsOf(eventBytes, prices.snsRequestBytes) * prices.snsRequest,
    'SNS: deliver': isHttps ? prices.snsHttpsDelivery : 0,
    'SQS: dead letters': requestsOf(deadLetterBytes ?? 0, prices.sqsRequestBytes) * prices.sqsRequest,
    'deliver: GB-seconds of both calls': gbSecondsPrice(publishMs + deadLetterMs, deliverMemoryMb),
    'log of the last attempt': logBytes === 0 ? 0 : (logBytes + logLineBytes) * prices.logByte,
    'egress to the subscriber': isHttps ? (eventBytes + snsEnvelopeBytes + tlsBytesPerMessage) * prices.egressByte : 0,
  };
  return millionOf(perPush);
}

export function millionOf(perPush: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(perPush).map(([term, dollars]) => [term, dollars * 1e6]));
}

const minutesPerMonth = 60 * 24 * 30.4;
const tickMinutes = 15;

/** The dollars that a month costs whatever is sent, by term. Metrics cost only the hours in which they are in use. */
export function pricePerMonth() {
  const ticks = minutesPerMonth / tickMinutes;
  const tick = prices.lambdaRequest + gbSecondsPrice(assumed.tickMs, sweepMemoryMb) + prices.s3List + prices.sqsRequest;
  return {
    polling: assumed.queues * assumed.pollsPerMinute * minutesPerMonth * prices.sqsRequest,
    ticks: ticks * tick,
    metrics: assumed.metrics * prices.metricMonth,
    alarms: assumed.alarmMetrics * prices.alarmMetricMonth,
  };
}

export function totalOf(terms: Readonly<Record<string, number>>): number {
  return Object.values(terms).reduce((sum, dollars) => sum + dollars, 0);
}

/** The billed time of an invocation: its waits, and its CPU time, which is longer on less than one vCPU. */
export function billedMs(cpuMs: number, waitMs: number, memoryMb: number): number {
  return Math.ceil(cpuMs / Math.min(1, memoryMb / mbOfOneVcpu) + waitMs);
}

export function gbSecondsPrice(ms: number, memoryMb: number): number {
  return (ms / 1000) * (memoryMb / 1024) * prices.lambdaGbSecond;
}
