import { bundleOf } from '../build.ts';
import { startChild } from '../child.ts';
import { benchKey, lambdaEnvironment } from '../lambda-environment.ts';
import type { Part } from '../part.ts';
import { inRounds } from '../rounds.ts';
import { startServer } from '../servers.ts';
import { figureOf, ratioOf } from '../statistics.ts';

const floor = 'accept/bare-sdk';
const contenders = ['accept', floor, 'accept/middy', 'accept/powertools'] as const;

interface Measure {
  readonly cpuUs: number;
  readonly wallUs: number;
}

export const acceptWarm: Part = {
  name: 'accept-warm',
  title: 'Intake, warm: one push after another, in an instance that has accepted many',
  async run({ effort }) {
    const sqs = await startServer('sqs');
    const children = contenders.map((name) => ({
      name,
      child: startChild('children/accept.ts', lambdaEnvironment({ sqsPort: sqs.port }), [bundleOf(name), benchKey]),
    }));
    try {
      const pushes = Math.max(1, Math.round(200 * effort));
      for (const { child } of children) await child.ask(Math.round(3000 * effort) + 1);
      const measures = await inRounds(Math.max(2, Math.round(40 * effort)), contenders, async (contender) => {
        const { child } = children.find(({ name }) => name === contender) ?? {};
        return (await child?.ask(pushes)) as Measure;
      });
      const cpu = (name: string) => measures.get(name)?.map(({ cpuUs }) => cpuUs) ?? [];
      const wall = (name: string) => measures.get(name)?.map(({ wallUs }) => wallUs) ?? [];
      return {
        figures: contenders.flatMap((name) => [
          figureOf(name, 'CPU', 'µs', cpu(name)),
          figureOf(
            name,
            'CPU',
            'of bare-sdk',
            cpu(name).map((us, round) => us / (cpu(floor)[round] ?? NaN)),
          ),
          figureOf(name, 'time', 'µs', wall(name)),
        ]),
        goals: [
          { goal: 'CPU of accept to bare-sdk', value: ratioOf(cpu('accept'), cpu(floor)), atMost: 1.15 },
          // Every typical stack has a logger and metrics.
          { goal: 'CPU of accept to powertools', value: ratioOf(cpu('accept'), cpu('accept/powertools')), atMost: 1 },
        ],
        notes: [
          'Each push is one invocation. CPU is that of the process, its garbage collection and its sockets included.',
          'SQS is a stand-in in another process that answers at once.',
        ],
      };
    } finally {
      await Promise.all(children.map(({ child }) => child.stop()));
      await sqs.stop();
    }
  },
};
