import { bundleOf, sizeOf } from '../build.ts';
import { startCold, type ColdStart } from '../cold-start.ts';
import { pushEvent, randomForm } from '../events.ts';
import { benchKey, lambdaEnvironment } from '../lambda-environment.ts';
import type { Part } from '../part.ts';
import { mbOfOneVcpu } from '../prices.ts';
import { inRounds } from '../rounds.ts';
import { startServer } from '../servers.ts';
import { figureOf, median } from '../statistics.ts';

const bareNode = 'node';
const floor = 'accept/bare-sdk';
const notWaiting = 'accept, not waiting for its warm-up';
const bundled = ['accept', notWaiting, floor, 'accept/middy', 'accept/powertools'] as const;

/** As `serverless.yml` has it. */
const memoryMb = 256;

/**
 * The CPU time of a cold start, as Lambda spends it: INIT runs on a whole vCPU, the first invocation on the share that
 * belongs to the memory. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */
function modelledMs({ readyCpuMs, answeredCpuMs }: ColdStart, bareCpuMs: number): number {
  return readyCpuMs - bareCpuMs + ((answeredCpuMs - readyCpuMs) * mbOfOneVcpu) / memoryMb;
}

export const acceptCold: Part = {
  name: 'accept-cold',
  title: 'Intake, cold: from the start of a process to its first 202',
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
      // Less what bare Node took in the same round, which nobody can change.
      const measure = (name: string, of: (start: ColdStart, bare: ColdStart) => number) =>
        starts.get(name)?.flatMap((start, round) => {
          const bare = starts.get(bareNode)?.[round];
          return bare === undefined ? [] : [of(start, bare)];
        }) ?? [];
      const readyMs = (name: string) => measure(name, (start, bare) => start.readyMs - bare.readyMs);
      const answeredMs = (name: string) => measure(name, (start, bare) => start.answeredMs - bare.readyMs);
      const modelled = (name: string) => measure(name, (start, bare) => modelledMs(start, bare.readyCpuMs));
      // Of medians, because the difference of two times is too small for a ratio in each round.
      const ratio = (of: (name: string) => number[], name = 'accept') => median(of(name)) / median(of(floor));
      const kilobytes = (name: string) => sizeOf(name) / 1000;
      return {
        figures: [
          figureOf(bareNode, 'ready', 'ms', starts.get(bareNode)?.map((start) => start.readyMs) ?? []),
          ...bundled.flatMap((name) => [
            figureOf(name, 'ready', 'ms above node', readyMs(name)),
            figureOf(name, 'first 202', 'ms above node', answeredMs(name)),
            figureOf(name, `first 202, modelled at ${String(memoryMb)} MB`, 'ms of CPU above node', modelled(name)),
            figureOf(name, 'bundle', 'KB', [kilobytes(name)]),
          ]),
        ],
        goals: [
          {
            goal: 'until loaded, accept without its warm-up to bare-sdk',
            value: ratio(readyMs, notWaiting),
            atMost: 0.6,
          },
          { goal: 'modelled cold start to the first 202, accept to bare-sdk', value: ratio(modelled), atMost: 0.8 },
          { goal: 'bundle of accept in KB', value: kilobytes('accept'), atMost: 230 },
        ],
        notes: [
          'accept is ready when it has called SQS once, on the whole CPU of INIT; the contenders are ready when loaded.',
          'Above node: less what a process without any bundle took in the same round.',
          `Modelled: CPU of INIT, plus CPU of the first invocation times ${String(mbOfOneVcpu)} / ${String(memoryMb)}.`,
        ],
      };
    } finally {
      await sqs.stop();
    }
  },
};
