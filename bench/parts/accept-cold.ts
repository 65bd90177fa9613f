import { kilobytesOf, notWaiting } from '../build.ts';
import { pushEvent, randomForm } from '../events.ts';
import { lambdaEnvironment } from '../lambda-environment.ts';
import { scaled, type Part } from '../part.ts';
import { mbOfOneVcpu } from '../price.ts';
import { bareNode, startCold, startServer, type ColdStart } from '../processes.ts';
import { figureOf, inRounds, median } from '../statistics.ts';

const floor = 'accept/bare-sdk';
const contenders = ['accept', floor, notWaiting, 'accept/powertools'] as const;

/** As in `serverless.yml`. */
const memoryMb = 256;

type Of = (start: ColdStart, bare: ColdStart) => number;
const readyMs: Of = ({ ready }, bare) => ready.ms - bare.ready.ms;
/**
 * The CPU time of a cold start, as Lambda spends it: INIT runs on a whole vCPU, the first invocation on the share that
 * belongs to the memory. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */
const modelledMs: Of = ({ ready, answered }, bare) =>
  ready.cpuMs - bare.ready.cpuMs + ((answered.cpuMs - ready.cpuMs) * mbOfOneVcpu) / memoryMb;

export const acceptCold: Part = {
  name: 'accept-cold',
  title: 'Intake, cold: from the start of a process to its first 202',
  async run({ effort }) {
    const sqs = await startServer('sqs');
    const environment = lambdaEnvironment(`https://127.0.0.1:${String(sqs.port)}`);
    const starts = await inRounds(scaled(20, effort), [...contenders, bareNode], (name) =>
      startCold(name, environment, pushEvent(randomForm())),
    ).finally(sqs.stop);
    const bare = starts.get(bareNode) ?? [];
    // Less what bare Node took in the same round.
    const above = (name: string, of: Of) =>
      starts.get(name)?.flatMap((start, round) => bare.slice(round, round + 1).map((node) => of(start, node))) ?? [];
    // Of medians, because the difference of two times is too small for a ratio in each round.
    const toFloor = (name: string, of: Of) => median(above(name, of)) / median(above(floor, of));
    const modelled = `first 202, modelled at ${String(memoryMb)} MB`;
    return {
      figures: contenders.flatMap((name) => [
        figureOf(name, 'ready', 'ms above node', above(name, readyMs)),
        figureOf(name, modelled, 'ms of CPU above node', above(name, modelledMs)),
        figureOf(name, 'bundle', 'KB', [kilobytesOf(name)]),
      ]),
      goals: [
        {
          goal: 'until loaded, accept without its warm-up to bare-sdk',
          value: toFloor(notWaiting, readyMs),
          atMost: 0.6,
        },
        { goal: `${modelled}, accept to bare-sdk`, value: toFloor('accept', modelledMs), atMost: 0.8 },
        { goal: 'bundle of accept in KB', value: kilobytesOf('accept'), atMost: 230 },
      ],
      notes: [
        'accept is ready when it has called SQS once, on the whole CPU of INIT; the others are ready when loaded.',
        `Bare node was ready after ${median(bare.map(({ ready }) => ready.ms)).toFixed(0)} ms; all figures are above that of their round.`,
        `Modelled: CPU of INIT, plus CPU of the first invocation times ${String(mbOfOneVcpu)} / ${String(memoryMb)}.`,
      ],
    };
  },
};
