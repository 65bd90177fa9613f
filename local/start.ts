import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { join } from 'node:path';
import { buildFunctions } from '../scripts/build.ts';
import { ConfigurationError } from '../shared/environment.ts';
import { gatewayAddress } from '../shared/gateway-format.ts';
import { localClient, localRegion, localStackKey, standInCredentials } from '../shared/local-stack.ts';
import { createStore } from '../shared/sweeps/store.ts';
import { frameworkEnvironment, readLocalConfiguration, requireFreePorts } from './configuration.ts';
import { reserveDataDir } from './data-dir.ts';
import { createQueues, startEmbeddedAws } from './embedded-aws.ts';
import { countDevices, createTables, startEmbeddedDynamoDb } from './embedded-dynamodb.ts';
import { startEventSourceMapping } from './event-source-mapping.ts';
import { documentExamples } from './examples.ts';
import { startFramework } from './framework.ts';
import { removeHttpSubscription, startHttpSubscription } from './sns/http-subscription.ts';
import { subscribeQueue } from './sns/queue-subscription.ts';
import { findFreePort } from './listen.ts';
import { behaviourLine, droppingLine, leftMessage, pushLine, readableLogLine, readyMessage } from './output.ts';
import { startSandbox } from './sandbox/sandbox.ts';
import { startSchedule, tickEvent } from './schedule.ts';
import { bucketOf, mappingsOf, queuesOf, schedulesOf, subscriptionsOf, tablesOf, topicsOf } from './template.ts';

const stops: (() => unknown)[] = [];
let stopping = false;

async function start(): Promise<void> {
  const configuration = readLocalConfiguration(process.env);
  const { ports, pnm2Url, gatewayFormat, keys, isSigned, sweepSpeed, subscriber, dataDir } = configuration;
  if (dataDir !== undefined) stops.push(reserveDataDir(dataDir));
  await requireFreePorts(ports);
  const localhost = (port: number) => `http://127.0.0.1:${String(port)}`;

  await buildFunctions();
  const httpPort = ports.PORT === 0 ? await findFreePort(Math.random) : ports.PORT;
  const pushUrl = `${localhost(httpPort)}/pnm2`;
  const devicesUrl = `${localhost(httpPort)}/devices`;
  const sandbox = await startSandbox({
    ...{ port: ports.SANDBOX_PORT, gatewayPort: ports.GATEWAY_PORT, kept: configuration.sandboxPushes },
    describe: (sandboxUrl) => ({
      pushUrl,
      gatewayUrl: gatewayAddress(pnm2Url ?? new URL(sandboxUrl), gatewayFormat).href,
      ...{ isSandboxed: pnm2Url === undefined, gatewayFormat },
      ...{ verbs: configuration.verbs, examples: documentExamples.map((body) => [...new URLSearchParams(body)]) },
      ...{ requiresKey: keys > 0, sweepSpeed },
    }),
    onChange(push, change) {
      const line = pushLine(push, change);
      if (line !== undefined) print(line);
    },
    onFirstDrop() {
      print(droppingLine(configuration.sandboxPushes));
    },
    registry: { devicesUrl, secret: configuration.reportSecret },
    onBehaviour(behaviour) {
      print(behaviourLine(behaviour));
    },
    now: Date.now,
    random: Math.random,
  });
  stops.push(sandbox.stop);
  const aws = await startEmbeddedAws(ports.AWS_PORT, dataDir);
  stops.push(() => aws.stop());
  const awsUrl = localhost(aws.port);
  const dynamoDb = await startEmbeddedDynamoDb(dataDir === undefined ? undefined : join(dataDir, 'devices'));
  stops.push(dynamoDb.stop);
  const gatewayUrl = pnm2Url?.href ?? sandbox.gatewayUrl;
  const environment = {
    ...frameworkEnvironment(process.env),
    AWS_REGION: localRegion,
    AWS_ENDPOINT_URL_SQS: awsUrl,
    AWS_ENDPOINT_URL_S3: awsUrl,
    AWS_ENDPOINT_URL_SNS: awsUrl,
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
    ...standInCredentials,
    AWS_PORT: String(aws.port),
    TICK_MINUTES: String(configuration.tickMinutes),
    SWEEP_SPEED: String(sweepSpeed),
    PNM2_URL: gatewayUrl,
  };
  const framework = startFramework({ httpPort, lambdaPort: await findFreePort(Math.random) }, environment, (line) => {
    sandbox.takeLogLine(line);
    // Invocations fail during a shutdown.
    const readable = stopping ? undefined : readableLogLine(line);
    if (readable !== undefined) print(readable);
  });
  stops.push(framework.stop);

  const template = await framework.ready;
  const sqs = new SQSClient({
    ...localClient(awsUrl),
    // Each poller of a mapping holds a connection, and there may be more than the default of 50.
    requestHandler: { httpAgent: { maxSockets: Infinity } },
  });
  const queueOf = await createQueues(aws, sqs, queuesOf(template));
  const tables = tablesOf(template);
  await createTables(dynamoDb.url, tables);
  const topicArns = topicsOf(template).map((name) => aws.createTopic(name).topicArn);
  const sns = new SNSClient(localClient(awsUrl));
  for (const topicArn of topicArns) {
    for (const { queue, filter } of subscriptionsOf(template)) {
      const attributes = { FilterPolicy: JSON.stringify(filter), RawMessageDelivery: 'true' };
      await subscribeQueue(sns, topicArn, queueOf(queue).arn, attributes);
    }
    await removeHttpSubscription({ topicArn, aws, sns });
    if (subscriber === undefined) continue;
    stops.push(await startHttpSubscription({ ...subscriber, topicArn, aws, sns, sqs, retryMs: 1000, print }));
  }
  const bucket = bucketOf(template);
  const { TICK_MINUTES, SWEEP_SPEED } = environment;
  aws.createBucket(bucket);
  // The CLI runs in another environment, and needs them to compute when a sweep ends and to find the registry.
  const variables = { TICK_MINUTES, SWEEP_SPEED, DYNAMODB_URL: dynamoDb.url, DEVICES_URL: devicesUrl };
  const body = Object.entries(variables).map(([variable, value]) => `${variable}=${value}\n`);
  await fetch(`${awsUrl}/${bucket}/${localStackKey}`, { method: 'PUT', body: body.join('') });
  const queueNames = {
    pushes: queueOf('PushesQueue').queueName,
    sweeps: queueOf('SweepsQueue').queueName,
    undeliverable: queueOf('UndeliverableQueue').queueName,
  };
  let devices = 0;
  stops.push(async () => {
    const counts = await Promise.all(tables.map(({ TableName }) => countDevices(dynamoDb.url, TableName)));
    devices = counts.reduce((sum, count) => sum + count, 0);
  });
  // The last one: what is being delivered may be delivered until the rest has stopped.
  stops.unshift(() => {
    const left = leftMessage(aws, queueNames, devices, dataDir);
    if (left !== undefined) console.log(left);
  });
  const ticks: (() => Promise<unknown>)[] = [];
  const s3 = new S3Client({ ...localClient(awsUrl), forcePathStyle: true });
  const tickMs = (configuration.tickMinutes * 60_000) / sweepSpeed;
  const connection = sandbox.connect({
    ...{ aws, queues: queueNames, environment },
    plans: { store: createStore(s3, bucket), tickMs, speed: sweepSpeed, now: Date.now },
    tick: async () => {
      await Promise.all(ticks.map((tick) => tick()));
    },
    onError({ message }) {
      if (!stopping) print(`sweeps: ${message}`);
    },
  });
  stops.push(connection.stop);
  for (const { arn, functionName, ...mapping } of mappingsOf(template)) {
    const queue = queueOf(arn);
    const invoke = (event: SQSEvent) => connection.watchBatch(event, () => framework.invoke(functionName, event));
    const onError = ({ message }: Error) => {
      print(`mapping of ${functionName}: ${message}`);
    };
    stops.push(startEventSourceMapping({ ...mapping, sqs, queue, invoke, onError }));
  }
  for (const { functionName, everyMinutes, input } of schedulesOf(template)) {
    const tickMs = (everyMinutes * 60_000) / sweepSpeed;
    const invoke = (event: unknown) => framework.invoke(functionName, event);
    const onError = ({ message }: Error) => {
      print(`tick of ${functionName}: ${message}`);
    };
    stops.push(startSchedule({ tickMs, input, invoke, onError, now: Date.now }));
    ticks.push(() => invoke(tickEvent(input, Date.now())).catch(onError));
  }

  console.log(
    readyMessage({
      ...{ pushUrl, sandboxUrl: localhost(sandbox.port), keys, isSigned, awsUrl, bucket, topicArns, dataDir },
      dynamoDbUrl: dynamoDb.url,
      tables: tables.map(({ TableName }) => TableName),
      reportUrl: `${devicesUrl}/report`,
      subscriberUrl: subscriber?.endpoint,
      gatewayUrl: gatewayAddress(new URL(gatewayUrl), gatewayFormat).href,
    }),
  );
  await framework.exited;
  if (stopping) return;
  console.error('serverless offline has exited by itself. The intake has stopped: run npm start again.');
  await stop(1);
}

async function stop(exitCode: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  // After Ctrl-C the prompt comes back even if something hangs.
  setTimeout(() => process.exit(exitCode), 1800).unref();
  for (const stopOne of stops.reverse()) await Promise.allSettled([stopOne()]);
  process.exit(exitCode);
}

function print(line: string): void {
  console.log(`${new Date().toTimeString().slice(0, 8)}  ${line}`);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
// A parent that is killed cannot pass a signal on, and without a parent the stack would hold its ports for ever.
const { ppid } = process;
setInterval(() => {
  if (process.ppid !== ppid) void stop(0);
}, 500).unref();
await start().catch((error: unknown) => {
  // A stop ends what is still starting.
  if (!stopping) console.error(error instanceof ConfigurationError ? error.message : error);
  return stop(1);
});
