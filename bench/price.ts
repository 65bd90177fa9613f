import { mbOfOneVcpu, prices } from './prices.ts';

/** What is measured, and what is assumed, of a push's way through AWS. */
export interface Usage {
  /** Where a push comes from. A sweep sends ten pushes in a request and has no message group. */
  readonly source: 'accept' | 'sweep';
  /** CPU at one full vCPU. */
  readonly acceptCpuMs: number;
  /** Until SQS has a message, within a region. */
  readonly sqsWaitMs: number;
  readonly acceptMemoryMb: number;
  /** Of `sweep` for a device, at one full vCPU. */
  readonly sweepCpuMs: number;
  readonly sweepMemoryMb: number;
  readonly deliverCpuMs: number;
  /** Of one attempt. */
  readonly gatewayWaitMs: number;
  readonly deliverMemoryMb: number;
  readonly concurrency: number;
  /** Pushes in a batch of `deliver`. */
  readonly batchRecords: number;
  readonly messageBytes: number;
  readonly acceptLogBytes: number;
  readonly deliverLogBytesPerBatch: number;
  /** To the client and to the gateway. */
  readonly answerBytes: number;
  readonly attemptBytes: number;
}

/** CloudWatch counts so many bytes for each line besides its own. */
const logLineBytes = 26;

/** SQS hands Lambda ten messages a request, and takes as many deletes. */
const messagesPerRequest = 10;

/** What a million pushes cost, each term by itself, in dollars. */
export function pricePerMillion(usage: Usage): Record<string, number> {
  const { source, batchRecords, acceptMemoryMb, deliverMemoryMb } = usage;
  const isAccepted = source === 'accept';
  const acceptMs = isAccepted ? billedMs(usage.acceptCpuMs, usage.sqsWaitMs, acceptMemoryMb) : 0;
  // A tick takes minutes: a millisecond that is rounded up is nothing of it.
  const sweepMs = isAccepted ? 0 : usage.sweepCpuMs / Math.min(1, usage.sweepMemoryMb / mbOfOneVcpu);
  const waves = Math.ceil(batchRecords / usage.concurrency);
  const deliverMs =
    billedMs(usage.deliverCpuMs * batchRecords, usage.gatewayWaitMs * waves, deliverMemoryMb) / batchRecords;
  const sendRequests = isAccepted
    ? requestsOf(usage.messageBytes)
    : requestsOf(usage.messageBytes * messagesPerRequest) / messagesPerRequest;
  const receiveRequests = requestsOf(usage.messageBytes * messagesPerRequest) / messagesPerRequest;
  const deliverLogBytes = (usage.deliverLogBytesPerBatch + logLineBytes) / batchRecords;
  const perPush = {
    'HTTP API': isAccepted ? prices.httpApiRequest : 0,
    'accept: requests': isAccepted ? prices.lambdaRequest : 0,
    'accept: GB-seconds': gbSeconds(acceptMs, acceptMemoryMb) * prices.lambdaGbSecond,
    'sweep: GB-seconds': gbSeconds(sweepMs, usage.sweepMemoryMb) * prices.lambdaGbSecond,
    'SQS: send': sendRequests * prices.sqsRequest,
    'SQS: fair queueing': isAccepted ? sendRequests * prices.sqsFairQueueRequest : 0,
    'SQS: receive': receiveRequests * prices.sqsRequest,
    'SQS: delete': prices.sqsRequest / messagesPerRequest,
    'deliver: requests': prices.lambdaRequest / batchRecords,
    'deliver: GB-seconds': gbSeconds(deliverMs, deliverMemoryMb) * prices.lambdaGbSecond,
    'logs of accept': isAccepted ? (usage.acceptLogBytes + logLineBytes) * prices.logByte : 0,
    'logs of deliver': deliverLogBytes * prices.logByte,
    egress: ((isAccepted ? usage.answerBytes : 0) + usage.attemptBytes) * prices.egressByte,
  };
  return Object.fromEntries(Object.entries(perPush).map(([term, dollars]) => [term, dollars * 1e6]));
}

/** The sum of all terms. */
export function totalOf(terms: Readonly<Record<string, number>>): number {
  return Object.values(terms).reduce((sum, dollars) => sum + dollars, 0);
}

/** How long an invocation is billed: its CPU, stretched where it has less than one vCPU, and its waiting. */
function billedMs(cpuMs: number, waitMs: number, memoryMb: number): number {
  return Math.ceil(cpuMs / Math.min(1, memoryMb / mbOfOneVcpu) + waitMs);
}

function gbSeconds(ms: number, memoryMb: number): number {
  return (ms / 1000) * (memoryMb / 1024);
}

function requestsOf(bytes: number): number {
  return Math.ceil(bytes / prices.sqsRequestBytes);
}
