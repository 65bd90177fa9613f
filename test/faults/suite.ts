import { setTimeout as delay } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import pMap from 'p-map';
import { createQueues, messagesIn, startEmbeddedAws } from '../../local/embedded-aws.ts';
import { localRegion as region } from '../../shared/local-stack.ts';
import { startEventSourceMapping } from '../../local/event-source-mapping.ts';
import { buildFunctions } from '../../scripts/build.ts';
import { createAccept } from '../../functions/accept/handler.ts';
import type { FilterPolicy } from '../../shared/outcomes/filter.ts';
import { encodeForm } from '../../shared/push/form.ts';
import { sendPush } from '../../functions/accept/queue.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { httpEvent } from '../support/http-event.ts';
import { acceptDependencies } from '../support/accept.ts';
import { parametersWith } from '../support/pushes.ts';
import { chanceOf, choose } from '../support/random.ts';
import { accountOf, type Account } from './account.ts';
import { startFaultyGateway } from './faulty-gateway.ts';
import { startFaultyAws } from './faulty-aws.ts';
import { createInstances } from './instances.ts';
import { untilSettled } from './until-settled.ts';

export interface SuiteOptions {
  readonly seed: number;
  /** Pushes that are sent to the intake. */
  readonly pushes: number;
  /** The run ends after this time without progress. */
  readonly stalledAfterMs: number;
  /** The run ends after this time in any case. It includes the sending. */
  readonly limitMs: number;
  readonly print: (line: string) => void;
}

/** The queues that hear of the pushes that are given up. */
const subscribers: readonly { readonly queueName: string; readonly filter?: FilterPolicy }[] = [
  { queueName: 'all-outcomes' },
  { queueName: 'dead-tokens', filter: { reason: ['unregistered'] } },
];

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/**
 * Sends pushes through accept, SQS and deliver while the gateway, SQS, SNS and the instances fail, and counts what became of
 * them. Everything runs in this process, on the loopback address.
 */
export async function runSuite(options: SuiteOptions): Promise<Account> {
  const { seed, pushes, stalledAfterMs, limitMs, print } = options;
  const startedAt = performance.now();
  await buildFunctions();
  const aws = await startEmbeddedAws(0);
  // Short, so that the pushes of a killed instance return soon, and longer than a batch takes while the topic hangs.
  const common = { VisibilityTimeout: 11, MessageRetentionPeriod: 345_600 };
  const sqs = new SQSClient({ endpoint: `http://127.0.0.1:${String(aws.port)}`, region, credentials });
  const queueOf = await createQueues(aws, sqs, [
    ...subscribers.map(({ queueName }) => ({ ...common, logicalId: queueName, QueueName: queueName })),
    { ...common, logicalId: 'undeliverable', QueueName: 'undeliverable' },
    {
      ...common,
      logicalId: 'pushes',
      QueueName: 'pushes',
      RedrivePolicy: { deadLetterTargetArn: 'undeliverable', maxReceiveCount: 1000 },
    },
  ]);
  const { topicArn } = aws.createTopic('outcomes');
  for (const { queueName, filter } of subscribers) {
    const attributes = { RawMessageDelivery: 'true', ...(filter && { FilterPolicy: JSON.stringify(filter) }) };
    aws.subscribe({ topic: 'outcomes', queue: queueName, attributes });
  }
  const [gateway, faultyAws] = await Promise.all([
    startFaultyGateway(seed),
    startFaultyAws({ seed, port: aws.port, numberIn }),
  ]);
  const faultyEndpoint = `http://127.0.0.1:${String(faultyAws.port)}`;
  const faultyUrl = (name: string) => `${faultyEndpoint}/000000000000/${name}`;

  const instances = createInstances({
    seed,
    killedShare: 0.1,
    timeoutMs: 10_000,
    environment: {
      AWS_REGION: region,
      AWS_ENDPOINT_URL_SQS: faultyEndpoint,
      AWS_ENDPOINT_URL_SNS: faultyEndpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      PNM2_URL: gateway.url,
      PUSHES_QUEUE_URL: faultyUrl('pushes'),
      SWEEPS_QUEUE_URL: faultyUrl('sweeps'),
      UNDELIVERABLE_QUEUE_URL: faultyUrl('undeliverable'),
      OUTCOME_COUNTS_QUEUE_URL: faultyUrl('outcome-counts'),
      OUTCOMES_TOPIC_ARN: topicArn,
      ATTEMPT_TIMEOUT_MS: '300',
      CONNECT_TIMEOUT_MS: '200',
      BACKOFF_BASE_SECONDS: '1',
      BACKOFF_CAP_SECONDS: '2',
    },
  });
  const stopMapping = startEventSourceMapping({
    sqs,
    queue: queueOf('pushes'),
    batchSize: 10,
    maximumBatchingWindow: 0,
    maximumConcurrency: 6,
    invoke: instances.invoke,
    onError: () => undefined,
  });
  const intakeSqs = new SQSClient({
    endpoint: faultyEndpoint,
    region,
    credentials,
    maxAttempts: 2,
    requestHandler: { requestTimeout: 3000, throwOnRequestTimeout: true },
  });
  const accept = createAccept(acceptDependencies((queued) => sendPush(intakeSqs, faultyUrl('pushes'), queued)));

  const accepted = new Set<number>();
  const awayAt = Math.floor(pushes * (0.3 + 0.3 * chanceOf(seed, 4)));
  let away: Promise<void> | undefined;
  const goAwayForThreeSeconds = async () => {
    await gateway.goAway();
    await delay(3000);
    await gateway.comeBack();
  };
  await pMap(
    Array.from({ length: pushes }, (_, number) => number),
    async (number) => {
      if (number === awayAt) away = goAwayForThreeSeconds();
      // As a client should, it sends a push again that was answered with 503.
      for (let tries = 0; tries < 5 && !accepted.has(number); tries += 1) {
        const event = httpEvent({ body: Buffer.from(formOf(seed, number)) });
        const { statusCode } = await accept(event, lambdaContext());
        if (statusCode === 202) accepted.add(number);
      }
      if ((number + 1) % 5000 === 0) print(`${String(number + 1)} sent`);
    },
    { concurrency: 50 },
  );
  await away;

  const onQueue = () => messagesIn(aws, 'pushes');
  const limitLeftMs = limitMs - (performance.now() - startedAt);
  const waitEnd = await untilSettled(() => onQueue().length, { stalledAfterMs, limitMs: limitLeftMs });
  stopMapping();

  const ready = (queueName: string) => aws.inspectQueue(queueName)?.messages.ready ?? [];
  const account = accountOf({
    sent: pushes,
    accepted,
    received: gateway.received,
    deadLetters: reasonsByNumber(ready('undeliverable')),
    subscribers: subscribers.map(({ queueName, filter }) => ({
      name: queueName,
      isFor: (reason) => filter?.reason?.includes(reason) ?? true,
      events: reasonsByNumber(ready(queueName)),
    })),
    onQueue: new Set(onQueue().map(({ body }) => numberIn(body))),
    waitEnd,
    failedCalls: faultyAws.failedCalls,
    faults: {
      gateway: Object.fromEntries(gateway.behaved),
      aws: faultyAws.failed,
      instances: { killed: instances.killed(), thrown: instances.thrown() },
    },
  });
  await instances.stop();
  sqs.destroy();
  intakeSqs.destroy();
  await Promise.all([gateway.stop(), faultyAws.stop(), aws.stop()]);
  return account;
}

/** The form of a push with one of the verbs, which carries its number. */
function formOf(seed: number, number: number): string {
  const verb = choose(
    { NotifyTextMessage: 6, NotifyGenericTextMessage: 3, NotifyReprovision: 1 },
    chanceOf(seed, number, 5),
  );
  return encodeForm(
    parametersWith({
      verb,
      Message: `Grüße + ${String(number)}`,
      DeviceToken: `device-${String(number)}`,
      Id: String(number),
    }),
  );
}

/** The number of the push in a queued push, a dead letter or an event. */
function numberIn(text: string): number {
  return Number(/device-(\d+)/.exec(text)?.[1]);
}

type StoredMessage = ReturnType<typeof messagesIn>[number];

/** The reasons that the messages give, by the number of their push. */
function reasonsByNumber(messages: readonly StoredMessage[]): Map<number, string[]> {
  const reasons = new Map<number, string[]>();
  for (const { body, messageAttributes } of messages) {
    const number = numberIn(body);
    const reason = messageAttributes['reason']?.StringValue ?? 'without a reason';
    reasons.set(number, [...(reasons.get(number) ?? []), reason]);
  }
  return reasons;
}
