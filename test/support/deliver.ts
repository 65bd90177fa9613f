import { SNSClient } from '@aws-sdk/client-sns';
import type { Message } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createAwsCalls, type AwsCallsOptions } from '../../functions/deliver/aws-calls.ts';
import { formats } from '../../functions/deliver/format.ts';
import { createGateway, type Gateway } from '../../functions/deliver/gateway.ts';
import { createDeliver, type DeliverDependencies } from '../../functions/deliver/handler.ts';
import { createOutage, type Outage, type OutageLimits } from '../../functions/deliver/policy/outage.ts';
import { createPace } from '../../functions/deliver/policy/pace.ts';
import { createTimeLimit } from '../../functions/deliver/policy/time-limit.ts';
import { startGateway } from '../../local/sandbox/gateway/gateway.ts';
import type { OutcomeEvent } from '../../shared/outcomes/outcome-event.ts';
import { publishEvents } from '../../shared/aws/sns/publish.ts';
import { delayMessages, sendMessages } from '../../shared/aws/sqs/batches.ts';
import { allDone } from './batch-result.ts';
import { lambdaContext } from './lambda-context.ts';
import { recordingLog } from './log.ts';
import { receive, startQueues, type TestQueues } from './queues.ts';
import { sqsEventOf } from './sqs-event.ts';

/** Suspects nothing unless limits are given. */
export function outageWith(limits: Partial<OutageLimits> = {}): Outage {
  return createOutage({ outageFailures: 1_000_000, suspectFinalAnswers: 1_000_000, ...limits });
}

/** The calls of `deliver` to real queues and a real topic. */
export function awsCallsOn(queues: TestQueues, overrides: Partial<AwsCallsOptions> = {}) {
  return createAwsCalls({
    loadSqs: () => Promise.resolve({ sqs: queues.sqs, delayMessages, sendMessages }),
    loadSns: () => Promise.resolve({ sns: snsClientOf(queues.server.port), publishEvents }),
    undeliverableQueueUrl: queues.undeliverable.url,
    outcomeCountsQueueUrl: queues.outcomeCounts.url,
    outcomesTopicArn: queues.topicArn,
    ...overrides,
  });
}

export function snsClientOf(port: number): SNSClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  return new SNSClient({ endpoint: `http://127.0.0.1:${String(port)}`, region: 'us-east-1', credentials });
}

/** Dependencies of the deliver handler on real queues, with delays of a second, and overrides. */
export function deliverDependencies(
  queues: TestQueues,
  gateway: DeliverDependencies['gateway'],
  overrides: Partial<DeliverDependencies> = {},
): DeliverDependencies {
  return {
    gateway,
    encode: formats.form.encode,
    dimensions: { Stage: 'test' },
    queues: [{ name: 'pushes', queueUrl: queues.pushes.url }],
    outage: outageWith(),
    pace: createPace(),
    timeLimit: createTimeLimit(5000),
    ...awsCallsOn(queues),
    publishDelivered: false,
    policy: { backoffBaseSeconds: 1, backoffCapSeconds: 1, lifetimeSeconds: 86_400, maxReceiveCount: 900 },
    concurrency: 50,
    afterAttemptsMs: 0,
    answerReserveMs: 1000,
    timeoutSignal: (ms) => AbortSignal.timeout(ms),
    now: Date.now,
    random: Math.random,
    log: recordingLog(),
    ...overrides,
  };
}

/** A client of a gateway on this machine. */
export function gatewayAt(port: number, maxConnections = 50): Gateway {
  const url = new URL(`http://127.0.0.1:${String(port)}/pnm2`);
  return createGateway({ url, format: 'form', connectTimeoutMs: 5000, attemptTimeoutMs: 5000, maxConnections });
}

/** The sandbox, the queues and a gateway client for the tests of a file. Each test starts with empty ones. */
export function useDelivery() {
  let sandbox: Awaited<ReturnType<typeof startGateway>>;
  let queues: TestQueues;
  let gateway: Gateway;
  beforeAll(async () => {
    [sandbox, queues] = await Promise.all([startGateway({ port: 0 }), startQueues()]);
    gateway = gatewayAt(sandbox.port);
  });
  afterAll(async () => {
    await Promise.all([sandbox.stop(), queues.stop()]);
  });
  const clear = () => {
    sandbox.forget();
    queues.server.reset();
  };
  beforeEach(clear);

  return {
    clear,
    queues: () => queues,
    post: (form: string, limitMs?: number) => gateway.post(form, limitMs),
    posted: () => sandbox.attempts(),
    accepted: () => sandbox.attempts().filter(({ status }) => status === 200),
    /** Up to ten. */
    deadLetters: () => receive(queues.sqs, queues.undeliverable),
    /** What was published on the topic, up to ten events. */
    events: async () => {
      const messages = await receive(queues.sqs, queues.outcomes);
      return messages.map((message) => ({
        event: JSON.parse(message.Body ?? '') as OutcomeEvent,
        attributes: attributesOf(message),
      }));
    },
    createHandler: (overrides: Partial<DeliverDependencies> = {}) =>
      createDeliver(deliverDependencies(queues, gateway, overrides)),
    /** Delivers records that are on no queue. Their delays are returned, by receipt handle, instead of set. */
    deliver: async (records: SQSRecord[], overrides: Partial<DeliverDependencies> = {}, remainingMs = 30_000) => {
      const delays = new Map<string, number>();
      const delay: DeliverDependencies['delay'] = (_queue, delayed) => {
        for (const { receiptHandle, delaySeconds } of delayed) delays.set(receiptHandle, delaySeconds);
        return allDone(delayed);
      };
      // An attempt must be able to start within a short time too.
      const timeLimit = createTimeLimit(Math.min(5000, remainingMs / 2));
      const handler = createDeliver(deliverDependencies(queues, gateway, { delay, timeLimit, ...overrides }));
      const { batchItemFailures } = await handler(sqsEventOf(records), lambdaContext(remainingMs));
      return { failed: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier), delays };
    },
  };
}

export function idsOf(records: readonly SQSRecord[]): string[] {
  return records.map(({ messageId }) => messageId);
}

/** The message attributes of a received message, by name. */
export function attributesOf({ MessageAttributes = {} }: Message): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]));
}
