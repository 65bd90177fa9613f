import type { Measure } from '../answering.ts';
import { lambdaEnvironment } from '../lambda-environment.ts';
import { generationsOf, scaled, warmUpsOf, type Part } from '../part.ts';
import { startInstances, startServer } from '../processes.ts';
import { figureOf, inRounds, median, ratios, type Measures } from '../statistics.ts';

const floor = 'accept/bare-sdk';
const singles = ['accept', floor, 'accept/powertools'] as const;

/** `accept` once more, in a process that gets batches. Beside the floor, whose single pushes are compared with them. */
export const batchPushes = 100;
export const inBatches = `accept, batches of ${String(batchPushes)}`;
const contenders = ['accept', inBatches, floor, 'accept/powertools'] as const;

/** In one round. */
const pushes = 200;
const batches = 20;
const pushesOf = (name: string) => (name === inBatches ? batches * batchPushes : pushes);

export const acceptWarm: Part = {
  name: 'accept-warm',
  title: 'Intake, warm: one push or batch after another, in an instance that has accepted many',
  async run({ effort }) {
    const sqs = await startServer('sqs');
    const environment = lambdaEnvironment(`https://127.0.0.1:${String(sqs.port)}`);
    const measures: Measures<Measure> = new Map();
    for (let generation = 0; generation < generationsOf(effort); generation += 1) {
      const [instances, ofBatches] = await Promise.all([
        startInstances(singles, environment),
        startInstances(['accept'], environment),
      ]);
      const send = (name: string) =>
        name === inBatches
          ? ofBatches.ask('accept', { kind: 'push-batches', invocations: batches, pushes: batchPushes })
          : instances.ask(name, { kind: 'pushes', invocations: pushes });
      await inRounds(warmUpsOf(10, effort), contenders, send);
      await inRounds(scaled(12, effort), contenders, send, measures);
      await Promise.all([instances.stop(), ofBatches.stop()]);
    }
    await sqs.stop();

    const cpuUs = (name: string) => measures.get(name)?.map(({ cpuMs }) => (cpuMs * 1000) / pushesOf(name)) ?? [];
    const cpuTo = (name: string, other: string) => median(ratios(cpuUs(name), cpuUs(other)));
    return {
      figures: contenders.flatMap((name) => [
        figureOf(name, 'CPU', 'µs a push', cpuUs(name)),
        figureOf(name, 'CPU', 'of bare-sdk', ratios(cpuUs(name), cpuUs(floor))),
      ]),
      goals: [
        { goal: 'CPU of accept to bare-sdk', value: cpuTo('accept', floor), atMost: 1.15 },
        // The one typical stack with a logger and metrics.
        { goal: 'CPU of accept to powertools', value: cpuTo('accept', 'accept/powertools'), atMost: 1 },
        {
          goal: `CPU a push, accept in batches of ${String(batchPushes)} to bare-sdk one by one`,
          value: cpuTo(inBatches, floor),
          atMost: 0.15,
        },
      ],
      notes: [
        'Each push, or batch, is one invocation. CPU is that of the process, with its garbage collection and its sockets.',
        'SQS is a stand-in in another process that answers at once, over HTTPS.',
      ],
    };
  },
};
