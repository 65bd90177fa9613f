import { setTimeout as delay } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import pMap from 'p-map';
import { localRegion as region, startEmbeddedAws } from '../../local/embedded-aws.ts';
import { startEventSourceMapping } from '../../local/event-source-mapping.ts';
import { createQueues } from '../../local/queues.ts';
import { buildFunctions } from '../../scripts/build.ts';
import { createAccept } from '../../shared/accept/accept.ts';
import { encodeForm } from '../../shared/core/form.ts';
import { parseQueuedPush } from '../../shared/core/queued-push.ts';
import { sendPush } from '../../shared/sqs/push-queue.ts';
import { lambdaContext } from '../support/context.ts';
import { httpEvent } from '../support/http-event.ts';
import { acceptDependencies } from '../support/accept.ts';
import { parametersWith } from '../support/pushes.ts';
import { chanceOf, choose } from '../support/random.ts';
import { startFaultyGateway } from './faulty-gateway.ts';
import { startFaultySqs } from './faulty-sqs.ts';
import { createInstances } from './instances.ts';

export interface SuiteOptions {
  readonly seed: number;
  /** Pushes that are sent to the door. */
  readonly pushes: number;
  /** After which the suite gives up waiting, and draws the account as it is. */
  readonly limitMs: number;
  readonly print: (line: string) => void;
}

/** What became of every push. */
export interface Account {
  readonly sent: number;
  /** Answered with 202. */
  readonly accepted: number;
  /** Of the accepted: taken by the gateway with an answer that said so. */
  readonly delivered: number;
  /** Of the accepted: on the dead-letter queue, by reason. */
  readonly deadLettered: Readonly<Record<string, number>>;
  /** Of the dead letters: for a reason that the gateway did not give. */
  readonly wronglyGivenUp: number;
  /** Of the accepted: neither. */
  readonly lost: number;
  /** Attempts too many that the gateway took: what devices may have seen twice. */
  readonly duplicates: number;
  /** Answered with 503 and delivered all the same: SQS had them, and the answer of SQS was lost. */
  readonly deliveredThoughRefused: number;
  /** Left on the lane when the limit was reached. */
  readonly waiting: number;
  readonly faults: Readonly<Record<string, number>>;
}

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/**
 * Sends pushes through accept, SQS and deliver, while the gateway, SQS and the instances fail in every way,
 * and draws the account. All in this process, on the loopback address.
 */
export async function runSuite({ seed, pushes, limitMs, print }: SuiteOptions): Promise<Account> {
  const startedAt = Date.now();
  await buildFunctions();
  const aws = await startEmbeddedAws(0);
  // Short, so that what a killed instance held comes back soon.
  const common = { visibilityTimeoutSeconds: 6, retentionSeconds: 345_600 };
  const queues = createQueues(aws, [
    { ...common, logicalId: 'undeliverable', queueName: 'undeliverable' },
    {
      ...common,
      logicalId: 'pushes',
      queueName: 'pushes',
      redrive: { toLogicalId: 'undeliverable', maxReceiveCount: 1000 },
    },
  ]);
  const lane = queues.get('pushes');
  if (lane === undefined) throw new Error('the lane was not created');
  const [gateway, faultySqs] = await Promise.all([startFaultyGateway(seed), startFaultySqs(seed, aws.port)]);
  const faultyUrl = (name: string) => `http://127.0.0.1:${String(faultySqs.port)}/000000000000/${name}`;

  const instances = createInstances({
    seed,
    killedShare: 0.1,
    timeoutMs: 10_000,
    environment: {
      AWS_REGION: region,
      AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${String(faultySqs.port)}`,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      PNM2_URL: gateway.url,
      PUSHES_QUEUE_URL: faultyUrl('pushes'),
      SWEEPS_QUEUE_URL: faultyUrl('sweeps'),
      UNDELIVERABLE_QUEUE_URL: faultyUrl('undeliverable'),
      ATTEMPT_TIMEOUT_MS: '300',
      CONNECT_TIMEOUT_MS: '200',
      BACKOFF_BASE_SECONDS: '1',
      BACKOFF_CAP_SECONDS: '2',
    },
  });
  const sqs = new SQSClient({ endpoint: `http://127.0.0.1:${String(aws.port)}`, region, credentials });
  const stopMapping = startEventSourceMapping({
    sqs,
    queue: lane,
    batchRecords: 10,
    maximumConcurrency: 6,
    invoke: instances.invoke,
    onError: () => undefined,
  });
  const doorSqs = new SQSClient({
    endpoint: `http://127.0.0.1:${String(faultySqs.port)}`,
    region,
    credentials,
    maxAttempts: 2,
    requestHandler: { requestTimeout: 3000, throwOnRequestTimeout: true },
  });
  const accept = createAccept(
    acceptDependencies((queued, signal) => sendPush(doorSqs, faultyUrl('pushes'), queued, signal)),
  );

  const accepted = new Set<number>();
  const awayAt = Math.floor(pushes * (0.3 + 0.3 * chanceOf(seed, 4)));
  let away: Promise<void> | undefined;
  const goAwayForAWhile = async () => {
    await gateway.goAway();
    await delay(3000);
    await gateway.comeBack();
  };
  await pMap(
    Array.from({ length: pushes }, (_, number) => number),
    async (number) => {
      if (number === awayAt) away = goAwayForAWhile();
      // As a client should: what was answered with 503 is sent again, a few times.
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

  const waiting = () => {
    const messages = aws.inspectQueue('pushes')?.messages;
    return messages === undefined ? 0 : messages.ready.length + messages.delayed.length + messages.inflight.length;
  };
  while (waiting() > 0 && Date.now() - startedAt < limitMs) await delay(200);
  const waitingAtTheEnd = waiting();
  await stopMapping();

  const letters = new Map<number, string>();
  for (const { body, messageAttributes } of aws.inspectQueue('undeliverable')?.messages.ready ?? []) {
    const reading = parseQueuedPush(body);
    const number = reading.ok ? Number(new Map(reading.queued.push.parameters).get('Id')) : Number.NaN;
    letters.set(number, messageAttributes['reason']?.StringValue ?? 'without a reason');
  }
  const isDelivered = (number: number) => (gateway.received.get(number)?.accepted ?? 0) > 0;
  const acceptedNumbers = [...accepted];
  const taken = [...gateway.received.values()].reduce((sum, one) => sum + Math.max(0, one.taken - 1), 0);
  const account: Account = {
    sent: pushes,
    accepted: accepted.size,
    delivered: acceptedNumbers.filter(isDelivered).length,
    deadLettered: countBy(acceptedNumbers.flatMap((number) => letters.get(number) ?? [])),
    wronglyGivenUp: [...letters].filter(([n, reason]) => gateway.received.get(n)?.refused.has(reason) !== true).length,
    lost: acceptedNumbers.filter((number) => !isDelivered(number) && !letters.has(number)).length,
    duplicates: taken,
    deliveredThoughRefused: [...gateway.received.keys()].filter((n) => !accepted.has(n) && isDelivered(n)).length,
    waiting: waitingAtTheEnd,
    faults: {
      'instances killed': instances.killed(),
      'instances thrown': instances.thrown(),
      ...Object.fromEntries(faultySqs.failed),
    },
  };
  await instances.stop();
  sqs.destroy();
  doorSqs.destroy();
  await Promise.all([gateway.stop(), faultySqs.stop(), aws.stop()]);
  return account;
}

/** A push that carries its number, of one of the verbs. */
function formOf(seed: number, number: number): string {
  const verb = choose(
    { NotifyTextMessage: 6, NotifyGenericTextMessage: 3, NotifyReprovision: 1 },
    chanceOf(seed, number, 5),
  );
  return encodeForm(parametersWith({ verb, Message: `Grüße + ${String(number)}`, Id: String(number) }));
}

function countBy(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
