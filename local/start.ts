import { SQSClient } from '@aws-sdk/client-sqs';
import { buildFunctions } from '../scripts/build.ts';
import { ConfigurationError } from '../shared/environment.ts';
import { localRegion, standInCredentials } from '../shared/local-stack.ts';
import { readLocalConfiguration, frameworkEnvironment } from './configuration.ts';
import { startEmbeddedAws } from './embedded-aws.ts';
import { startEventSourceMapping } from './event-source-mapping.ts';
import { followPushes } from './follow.ts';
import { startFramework } from './framework.ts';
import { readableLogLine } from './function-log.ts';
import { greeting } from './greeting.ts';
import { findFreePort, isPortFree } from './listen.ts';
import { createQueues } from './queues.ts';
import { startSandbox } from './sandbox.ts';
import { startSchedule } from './schedule.ts';
import { bucketsOf, mappingsOf, queuesOf, schedulesOf } from './service.ts';

/** A part of the stack was ended from outside. */
class EndedError extends Error {
  override readonly name = 'EndedError';
}

const stops: (() => Promise<unknown>)[] = [];
let stopping = false;

async function start(): Promise<void> {
  const { ports, pnm2Url, keys, sweepSpeed } = readLocalConfiguration(process.env);
  for (const [variable, port] of Object.entries(ports)) {
    if (port !== 0 && !(await isPortFree(port))) {
      throw new ConfigurationError(`Port ${String(port)} is taken: choose another with ${variable}=NUMBER npm start`);
    }
  }
  const localhost = (port: number) => `http://127.0.0.1:${String(port)}`;

  await buildFunctions();
  const sandbox = await startSandbox(ports.SANDBOX_PORT);
  stops.push(sandbox.stop);
  const aws = await startEmbeddedAws(ports.AWS_PORT);
  stops.push(() => aws.stop());
  const gatewayUrl = pnm2Url?.href ?? `${localhost(sandbox.port)}/pnm2`;
  const httpPort = ports.PORT === 0 ? await findFreePort(Math.random) : ports.PORT;
  const framework = startFramework({
    httpPort,
    lambdaPort: await findFreePort(Math.random),
    environment: {
      ...frameworkEnvironment(process.env),
      AWS_REGION: localRegion,
      AWS_ENDPOINT_URL_SQS: localhost(aws.port),
      AWS_ENDPOINT_URL_S3: localhost(aws.port),
      ...standInCredentials,
      AWS_PORT: String(aws.port),
      PNM2_URL: gatewayUrl,
    },
    onFunctionLog: (line) => {
      // What is under way while everything ends fails, and says nothing to anybody.
      const readable = stopping ? undefined : readableLogLine(line);
      if (readable !== undefined) print(readable);
    },
  });
  stops.push(framework.stop);

  const service = await framework.ready;
  const queues = createQueues(aws, queuesOf(service));
  const buckets = bucketsOf(service);
  for (const name of buckets) aws.createBucket(name);
  const mappings = mappingsOf(service).flatMap((mapping) => {
    const queue = queues.get(mapping.queueLogicalId);
    return queue ? [{ ...mapping, queue }] : [];
  });
  const queueName = (logicalId: string) => queues.get(logicalId)?.queueName ?? '';
  const consumed = {
    queues: new Set([queueName('PushesQueue')]),
    bulkQueues: new Set([queueName('SweepsQueue')]),
  };
  followPushes(aws, { ...consumed, undeliverable: queueName('UndeliverableQueue') }, print);
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = standInCredentials;
  const sqs = new SQSClient({
    endpoint: localhost(aws.port),
    region: localRegion,
    credentials: { accessKeyId, secretAccessKey },
  });
  for (const mapping of mappings) {
    const stopMapping = startEventSourceMapping({
      ...mapping,
      sqs,
      invoke: (event) => framework.invoke(mapping.functionName, event),
      onError: (error) => {
        print(`mapping of ${mapping.functionName}: ${error.message}`);
      },
    });
    stops.push(stopMapping);
  }
  for (const { functionName, everyMinutes, input } of schedulesOf(service)) {
    const stopSchedule = startSchedule({
      tickMs: (everyMinutes * 60_000) / sweepSpeed,
      input,
      invoke: (event) => framework.invoke(functionName, event),
      onError: (error) => {
        print(`tick of ${functionName}: ${error.message}`);
      },
      now: Date.now,
    });
    stops.push(stopSchedule);
  }

  const addresses = { pushUrl: `${localhost(httpPort)}/pnm2`, sandboxUrl: localhost(sandbox.port), gatewayUrl };
  console.log(greeting({ ...addresses, keys, awsUrl: localhost(aws.port), buckets }));
  await framework.exited;
  if (!stopping) throw new EndedError('serverless offline has ended, and the intake with it: run npm start again.');
}

async function stop(exitCode: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  // Whatever hangs, a person who pressed Ctrl-C gets the prompt back.
  setTimeout(() => process.exit(exitCode), 1800).unref();
  await Promise.allSettled(stops.reverse().map((stopOne) => stopOne()));
  process.exit(exitCode);
}

function print(line: string): void {
  console.log(`${new Date().toTimeString().slice(0, 8)}  ${line}`);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
// A parent that was killed can't pass a signal on; a stack without it would hold its ports for ever.
const { ppid } = process;
setInterval(() => {
  if (process.ppid !== ppid) void stop(0);
}, 500).unref();
try {
  await start();
} catch (error) {
  // A person's mistake is told in a line; anything else is ours and needs its stack.
  console.error(error instanceof ConfigurationError || error instanceof EndedError ? error.message : error);
  await stop(1);
}
