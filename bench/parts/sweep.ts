import type { S3Client } from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { encodeQueuedPush } from '../../shared/push/queued-push.ts';
import { pushOf } from '../../shared/push/push.ts';
import { bundleOf } from '../build.ts';
import { startChild } from '../child.ts';
import { lambdaEnvironment } from '../lambda-environment.ts';
import type { Figure, Goal, Part } from '../part.ts';
import { figureOf, median, ratioOf } from '../statistics.ts';
import { sweepBench } from '../sweep-bench.ts';
import { localS3, placeList, placePlan } from '../sweep-order.ts';

interface Measure {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
}

/** Lists of so many devices, each measured so often. */
const sizes = [
  { devices: 10_000, rounds: 5 },
  { devices: 100_000, rounds: 3 },
  { devices: 1_000_000, rounds: 1 },
] as const;

/** Bare calls are measured with so many messages before and after each sweep: they do not slow down with their number. */
const bareMessages = 100_000;

/** A function of 512 MB must have room for the platform as well. */
const goalMb = 256;

export const sweep: Part = {
  name: 'sweep',
  title: 'Sweep: a list of devices, read, sliced and enqueued by repeated ticks',
  async run({ effort }) {
    const aws = startChild('servers/aws.ts', {});
    const endpoint = `http://127.0.0.1:${String(await aws.ask('port'))}`;
    const s3 = localS3(endpoint);
    const figures: Figure[] = [];
    const goals: Goal[] = [];
    try {
      for (const { devices: full, rounds } of sizes) {
        const devices = Math.max(40, Math.round(full * Math.min(1, effort)));
        await placeList(s3, sweepBench, devices);
        const sweeps: Measure[] = [];
        const bares: Measure[] = [];
        for (let round = 0; round < Math.max(1, Math.round(rounds * Math.min(1, effort))); round += 1) {
          const messages = Math.max(40, Math.min(devices, Math.round(bareMessages * effort)));
          const before = await measureBare(endpoint, messages);
          await aws.ask('empty');
          // A plan that is new, so that it is a run of its own.
          await order(s3, `round ${String(devices)}-${String(round)}`);
          sweeps.push(await measureSweep(endpoint));
          const enqueued = Number(await aws.ask(`count ${sweepBench.queues.sweep}`));
          if (enqueued !== devices) throw new Error(`${String(enqueued)} of ${String(devices)} devices were enqueued`);
          await aws.ask('empty');
          const after = await measureBare(endpoint, messages);
          bares.push({ ...after, wallMs: ((before.wallMs + after.wallMs) / 2) * (devices / messages) });
        }
        const rate = (measures: readonly Measure[]) => measures.map(({ wallMs }) => devices / (wallMs / 1000));
        const name = `sweep of ${devices.toLocaleString('en')}`;
        const floor = 'bare SendMessageBatch';
        const ratios = rate(sweeps).map((value, round) => value / (rate(bares)[round] ?? NaN));
        figures.push(
          figureOf(name, 'rate', 'devices a second', rate(sweeps)),
          figureOf(`${floor}, beside it`, 'rate', 'devices a second', rate(bares)),
          figureOf(name, 'rate', `of ${floor}`, ratios),
          figureOf(
            name,
            'CPU',
            'µs a device',
            sweeps.map(({ cpuMs }) => (cpuMs * 1000) / devices),
          ),
          figureOf(
            name,
            'peak memory',
            'MB',
            sweeps.map(({ peakMb }) => peakMb),
          ),
        );
        if (full === 1_000_000) {
          const cpuUs = sweeps.map(({ cpuMs }) => (cpuMs * 1000) / devices);
          figures.push(figureOf('sweep', 'CPU', 'µs a device of the longest list', cpuUs));
          goals.push(
            { goal: `rate of the ${name} to ${floor}`, value: ratioOf(rate(sweeps), rate(bares)), atLeast: 0.8 },
            {
              goal: `peak memory of the ${name}, MB`,
              value: median(sweeps.map(({ peakMb }) => peakMb)),
              atMost: goalMb,
            },
          );
        }
      }
      return {
        figures,
        goals,
        notes: [
          `The list is CSV as SIPIS exports it, not compressed. Each of ${String(sweepBench.slices)} ticks reads all of it for its slice.`,
          'SQS and S3 are those of the local stack, in another process; bare calls are of the default SDK client, eight at once.',
          "Memory is the process's peak, the SDK and Node itself included, with the options that the function is deployed with.",
        ],
      };
    } finally {
      s3.destroy();
      await aws.stop();
    }
  },
};

/** Places a plan whose slices are all due: each tick works on one. */
async function order(s3: S3Client, mark: string): Promise<void> {
  await placePlan(s3, sweepBench, {
    start: '2026-01-02T03:00:00Z',
    window: `PT${String(sweepBench.slices * 15)}M`,
    // Said by each push of this round, so that the plan is not the one of the round before.
    parameters: { Id: mark },
  });
}

/** As in `serverless.yml`. */
const nodeOptions = ['--max-semi-space-size=8'];

function environmentOf(endpoint: string): NodeJS.ProcessEnv {
  return {
    ...lambdaEnvironment({ sqsPort: Number(new URL(endpoint).port) }),
    AWS_ENDPOINT_URL_S3: endpoint,
    SWEEPS_BUCKET: sweepBench.bucket,
    SWEEPS_QUEUE_URL: queueUrlOf(endpoint, sweepBench.queues.sweep),
  };
}

function queueUrlOf(endpoint: string, name: string): string {
  return `${endpoint}/000000000000/${name}`;
}

async function measureSweep(endpoint: string): Promise<Measure> {
  const child = startChild('children/sweep.ts', environmentOf(endpoint), [bundleOf('sweep')], nodeOptions);
  try {
    return (await child.ask(sweepBench.slices)) as Measure;
  } finally {
    await child.stop();
  }
}

async function measureBare(endpoint: string, messages: number): Promise<Measure> {
  const parameters = [
    ['verb', 'NotifyReprovision'],
    ['AppId', 'com.example.app1'],
    ['DeviceToken', randomBytes(32).toString('base64')],
    ['Id', 'round 1000000-0'],
  ] as const;
  const push = pushOf(parameters);
  if (push === undefined) throw new Error('the push of the bench is none');
  const body = encodeQueuedPush({ push, acceptedAt: new Date() });
  const child = startChild(
    'children/bare-batches.ts',
    environmentOf(endpoint),
    [queueUrlOf(endpoint, sweepBench.queues.bare), body],
    nodeOptions,
  );
  try {
    // At its best, as the sweep is over most of a long list.
    await child.ask(Math.min(messages, 5000));
    return (await child.ask(messages)) as Measure;
  } finally {
    await child.stop();
  }
}
