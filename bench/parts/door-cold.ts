import { statSync } from 'node:fs';
import { bundleOf } from '../build.ts';
import { startCold } from '../cold-start.ts';
import { pushEvent, randomForm } from '../events.ts';
import { benchKey, lambdaEnvironment } from '../lambda-environment.ts';
import type { Part } from '../part.ts';
import { inRounds } from '../rounds.ts';
import { startServer } from '../servers.ts';
import { figureOf, median } from '../statistics.ts';

const bareNode = 'node';
const floor = 'door/bare-sdk';
const bundled = ['accept', floor, 'door/middy', 'door/powertools'] as const;

export const doorCold: Part = {
  name: 'door-cold',
  title: 'Door, cold: from the start of a process to its first 202',
  async run({ effort }) {
    const sqs = await startServer('sqs');
    const environment = lambdaEnvironment({ sqsPort: sqs.port });
    try {
      const starts = await inRounds(Math.max(2, Math.round(20 * effort)), [bareNode, ...bundled], (contender) =>
        startCold(
          contender === bareNode ? undefined : bundleOf(contender),
          pushEvent(randomForm(), benchKey),
          environment,
        ),
      );
      // Each above bare Node in the same round, and so without what nobody can do anything about.
      const above = (name: string, measure: 'readyMs' | 'answeredMs') =>
        starts.get(name)?.map((start, round) => start[measure] - (starts.get(bareNode)?.[round]?.readyMs ?? NaN)) ?? [];
      const ratio = (measure: 'readyMs' | 'answeredMs') =>
        // Of medians: a difference of two times is too small for a ratio in each round.
        median(above('accept', measure)) / median(above(floor, measure));
      const bytes = (name: string) => statSync(bundleOf(name)).size;
      return {
        figures: [
          figureOf(bareNode, 'ready', 'ms', starts.get(bareNode)?.map(({ readyMs }) => readyMs) ?? []),
          ...bundled.flatMap((name) => [
            figureOf(name, 'ready', 'ms above node', above(name, 'readyMs')),
            figureOf(name, 'first 202', 'ms above node', above(name, 'answeredMs')),
            figureOf(name, 'bundle', 'KB', [bytes(name) / 1000]),
          ]),
        ],
        goals: [
          { goal: 'until ready, accept to bare-sdk', value: ratio('readyMs'), atMost: 0.55 },
          { goal: 'until the first 202, accept to bare-sdk', value: ratio('answeredMs'), atMost: 0.6 },
          { goal: 'bundle of accept in KB', value: bytes('accept') / 1000, atMost: 160 },
        ],
        notes: ['Above bare node: less the time that a process without any bundle took in the same round.'],
      };
    } finally {
      await sqs.stop();
    }
  },
};
