import type { Measure } from '../answering.ts';
import { lambdaEnvironment } from '../lambda-environment.ts';
import { generationsOf, scaled, type Part } from '../part.ts';
import { startInstances, startServer } from '../processes.ts';
import { figureOf, inRounds, median, ratios, type Measures } from '../statistics.ts';

const floor = 'accept/bare-sdk';
const contenders = ['accept', floor, 'accept/powertools'] as const;

/** In one round. */
const pushes = 200;

export const acceptWarm: Part = {
  name: 'accept-warm',
  title: 'Intake, warm: one push after another, in an instance that has accepted many',
  async run({ effort }) {
    const sqs = await startServer('sqs');
    const environment = lambdaEnvironment(`https://127.0.0.1:${String(sqs.port)}`);
    const measures: Measures<Measure> = new Map();
    for (let generation = 0; generation < generationsOf(effort); generation += 1) {
      const instances = await startInstances(contenders, environment);
      const send = (name: string, invocations: number) => instances.ask(name, { kind: 'pushes', invocations });
      await inRounds(4, contenders, (name) => send(name, 500));
      await inRounds(scaled(12, effort), contenders, (name) => send(name, pushes), measures);
      await instances.stop();
    }
    await sqs.stop();

    const cpuUs = (name: string) => measures.get(name)?.map(({ cpuMs }) => (cpuMs * 1000) / pushes) ?? [];
    const cpuTo = (other: string) => median(ratios(cpuUs('accept'), cpuUs(other)));
    return {
      figures: contenders.flatMap((name) => [
        figureOf(name, 'CPU', 'µs', cpuUs(name)),
        figureOf(name, 'CPU', 'of bare-sdk', ratios(cpuUs(name), cpuUs(floor))),
      ]),
      goals: [
        { goal: 'CPU of accept to bare-sdk', value: cpuTo(floor), atMost: 1.15 },
        // The one typical stack with a logger and metrics.
        { goal: 'CPU of accept to powertools', value: cpuTo('accept/powertools'), atMost: 1 },
      ],
      notes: [
        'Each push is one invocation. CPU is that of the process, with its garbage collection and its sockets.',
        'SQS is a stand-in in another process that answers at once, over HTTPS.',
      ],
    };
  },
};
