import type { Measure } from '../answering.ts';
import { queuedBody } from '../events.ts';
import { lambdaEnvironment } from '../lambda-environment.ts';
import { isTrial, scaled, type Figure, type Goal, type Part } from '../part.ts';
import { startInstances, startServer } from '../processes.ts';
import { figureOf, median, ratios } from '../statistics.ts';
import { localS3, placeList, placePlan } from '../sweep-order.ts';

/** The lengths of lists, each with its number of rounds. */
const sizes = [
  { devices: 10_000, rounds: 5 },
  { devices: 100_000, rounds: 3 },
  { devices: 1_000_000, rounds: 1 },
] as const;

/** The messages of the bare calls before and after each sweep. Their rate does not depend on their number. */
const bareMessages = 100_000;

/** Lambda starts Node with a twentieth of the memory of the function, which has 512 MB in `serverless.yml`. */
const semiSpaceMb = Math.floor(512 / 20);

const place = { bucket: 'sweeps', list: 'devices/list.csv', plan: 'plans/bench.json' } as const;
const floor = 'sweep/bare-batches';

export const sweep: Part = {
  name: 'sweep',
  title: 'Sweep: a list of devices, read, sliced and enqueued by repeated ticks',
  async run({ effort }) {
    // Of the window. Each tick reads the whole list for one of them, after a second of waiting for outcome counts.
    const slices = isTrial(effort) ? 2 : 4;
    const aws = await startServer('aws');
    const awsUrl = `http://127.0.0.1:${String(aws.port)}`;
    const s3 = localS3(awsUrl);
    // At this speed the pushes of a slice are due within the second: the next one waits until they are.
    const variables = { AWS_ENDPOINT_URL_S3: awsUrl, SWEEPS_BUCKET: place.bucket, SWEEP_SPEED: '3600' };
    const environment = lambdaEnvironment(awsUrl, variables);
    const measure = async (name: string, ...runs: readonly (readonly object[])[]): Promise<Measure | undefined> => {
      const instances = await startInstances([name], environment, [`--max-semi-space-size=${String(semiSpaceMb)}`]);
      let last: Measure | undefined;
      for (const events of runs) last = await instances.ask(name, { kind: 'events', events });
      await instances.stop();
      return last;
    };
    const body = queuedBody(
      [
        ['verb', 'NotifyReprovision'],
        ['AppId', 'com.example.app1'],
        ['DeviceToken', 'LA7U4xm7MqZCVqFPhf4Dz2sILOJ9iVGh0eeTBOyKDRs='],
        ['Id', 'round 1000000-0'],
      ],
      Date.now(),
    );
    const measureBare = async (messages: number) => {
      // Warm, as the sweep is for most of a long list.
      const bare = await measure(floor, [{ messages: Math.min(messages, 5000), body }], [{ messages, body }]);
      // A queue that is full of earlier messages is slower.
      await aws.ask('empty');
      return bare?.wallMs ?? NaN;
    };

    const figures: Figure[] = [];
    const goals: Goal[] = [];
    for (const { devices: full, rounds } of isTrial(effort) ? sizes.slice(-1) : sizes) {
      const devices = Math.max(40, Math.round(full * Math.min(1, effort)));
      const messages = Math.max(40, Math.min(devices, Math.round(bareMessages * effort)));
      await placeList(s3, place, devices);
      const sweeps: Measure[] = [];
      const bareRates: number[] = [];
      for (let round = 0; round < scaled(rounds, Math.min(1, effort)); round += 1) {
        const beforeMs = await measureBare(messages);
        // All its slices are due, and each tick works on one. `Id` makes it another plan than that of an earlier round.
        await placePlan(s3, place, {
          start: '2026-01-02T03:00:00Z',
          window: `PT${String(slices * 15)}M`,
          parameters: { Id: `round ${String(devices)}-${String(round)}` },
        });
        const ticks = Array.from({ length: slices }, () => ({}));
        const swept = await measure('sweep', ticks);
        const enqueued = Number(await aws.ask('empty'));
        if (enqueued !== devices) throw new Error(`${String(enqueued)} of ${String(devices)} devices were enqueued`);
        if (swept !== undefined) sweeps.push(swept);
        bareRates.push((messages * 2000) / (beforeMs + (await measureBare(messages))));
      }
      const name = `sweep of ${devices.toLocaleString('en')}`;
      const rates = sweeps.map(({ wallMs }) => (devices * 1000) / wallMs);
      const toBare = ratios(rates, bareRates);
      const cpuUs = sweeps.map(({ cpuMs }) => (cpuMs * 1000) / devices);
      const peakMb = sweeps.map((one) => one.peakMb);
      figures.push(
        figureOf(name, 'rate', 'devices a second', rates),
        figureOf(`bare calls beside it`, 'rate', 'devices a second', bareRates),
        figureOf(name, 'rate', 'of bare calls', toBare),
        figureOf(name, 'CPU', 'µs a device', cpuUs),
        figureOf(name, 'peak memory', 'MB', peakMb),
      );
      if (full !== 1_000_000) continue;
      figures.push(figureOf('sweep', 'CPU', 'µs a device of the longest list', cpuUs));
      goals.push(
        { goal: `rate of the ${name} to bare SendMessageBatch`, value: median(toBare), atLeast: 0.8 },
        // A function of 512 MB must have room for the platform, and for a set of 2.9 million devices, as well.
        { goal: `peak memory of the ${name}, MB`, value: median(peakMb), atMost: 320 },
      );
    }
    s3.destroy();
    await aws.stop();
    return {
      figures,
      goals,
      notes: [
        `The list is CSV as SIPIS exports it, not compressed. Each of ${String(slices)} ticks reads all of it for its slice.`,
        'SQS and S3 are those of the local stack, in another process. The bare calls use the SDK client without options.',
        'Memory is the peak of the process, with the SDK and Node, under the Node options that Lambda passes to a function of 512 MB.',
      ],
    };
  },
};
