import { bundleOf } from '../build.ts';
import { startChild } from '../child.ts';
import { startCold } from '../cold-start.ts';
import { queuedPushes } from '../events.ts';
import { lambdaEnvironment } from '../lambda-environment.ts';
import type { Figure, Goal, Part } from '../part.ts';
import { inRounds } from '../rounds.ts';
import { startServer } from '../servers.ts';
import { figureOf, median, ratioOf } from '../statistics.ts';

const floor = 'deliver/pool';
const fetchInTurn = 'deliver/fetch-in-turn';
const fetchAtOnce = 'deliver/fetch-at-once';
const contenders = ['deliver', floor, fetchInTurn, fetchAtOnce, 'deliver/axios-at-once'] as const;

const latenciesMs = [0, 20, 100] as const;
const batchSizes = [10, 100, 1000] as const;

/** Attempts at once, as `serverless.yml` has it. */
const concurrency = 500;

/** How many batches take about so long. */
function batchesIn(ms: number, contender: string, records: number, latencyMs: number): number {
  const waits = contender === fetchInTurn ? records : Math.ceil(records / concurrency);
  return Math.max(1, Math.round(ms / (waits * latencyMs + records * cpuMsOfPush)));
}

const cpuMsOfPush = 0.15;

interface Measure {
  readonly cpuUs: number;
  readonly batchMs: number;
}

export const deliver: Part = {
  name: 'deliver',
  title: 'Delivery: batches of queued pushes, posted to a gateway',
  async run({ effort }) {
    const gateway = await startServer('gateway');
    // Nothing of a batch that is delivered goes to SQS.
    const environment = (latencyMs: number) =>
      lambdaEnvironment({
        sqsPort: 9,
        gatewayUrl: `http://127.0.0.1:${String(gateway.port)}/${String(latencyMs)}`,
        concurrency,
      });
    const figures: Figure[] = [];
    const goals: Goal[] = [];
    const cpuToPool: number[] = [];
    const cpuToFetch: number[] = [];
    try {
      for (const latencyMs of latenciesMs) {
        const children = contenders.map((name) => ({
          name,
          child: startChild('children/deliver.ts', environment(latencyMs), [bundleOf(name)]),
        }));
        const ask = async (contender: string, records: number, batches: number) => {
          const { child } = children.find(({ name }) => name === contender) ?? {};
          return (await child?.ask({ records, batches })) as Measure;
        };
        try {
          for (const records of batchSizes) {
            if (records > 100 && effort < 0.1) continue;
            // One after another takes the latency times the batch, and needs no measuring in the larger ones.
            const inCell = contenders.filter((name) => name !== fetchInTurn || latencyMs * records <= 400);
            for (const name of inCell) {
              if (name !== fetchInTurn) await ask(name, records, batchesIn(2000 * effort, name, records, latencyMs));
            }
            const measures = await inRounds(Math.max(2, Math.round(9 * effort)), inCell, (name) =>
              ask(name, records, batchesIn(500 * effort, name, records, latencyMs)),
            );
            const cell = `${String(records)} at ${String(latencyMs)} ms`;
            const cpu = (name: string) => measures.get(name)?.map(({ cpuUs }) => cpuUs) ?? [];
            const ms = (name: string) => measures.get(name)?.map(({ batchMs }) => batchMs) ?? [];
            for (const name of inCell) {
              figures.push(
                figureOf(
                  name,
                  `${cell}: pushes`,
                  'a second',
                  ms(name).map((batchMs) => (records * 1000) / batchMs),
                ),
                figureOf(name, `${cell}: CPU a push`, 'µs', cpu(name)),
              );
            }
            cpuToPool.push(ratioOf(cpu('deliver'), cpu(floor)));
            cpuToFetch.push(ratioOf(cpu('deliver'), cpu(fetchAtOnce)));
            goals.push({
              goal: `${cell}: pushes a second, deliver to pool`,
              value: ratioOf(ms(floor), ms('deliver')),
              atLeast: 0.95,
            });
            if (latencyMs === 100 && records > 10) {
              goals.push({
                goal: `${cell}: a batch, in latencies`,
                value: median(ms('deliver')) / latencyMs,
                atMost: records === 100 ? 1.15 : 2.5,
              });
            }
          }
        } finally {
          await Promise.all(children.map(({ child }) => child.stop()));
        }
      }
      goals.push(
        { goal: 'CPU a push, deliver to pool, median of the cells', value: median(cpuToPool), atMost: 1.2 },
        { goal: 'CPU a push, deliver to fetch at once, median of the cells', value: median(cpuToFetch), atMost: 0.3 },
      );
      const bareNode = 'node';
      const cold = ['deliver', floor, fetchInTurn, 'deliver/axios-at-once'] as const;
      const { event, forms } = queuedPushes(10, Date.now());
      const starts = await inRounds(Math.max(2, Math.round(20 * effort)), [bareNode, ...cold], (name) =>
        startCold(name === bareNode ? undefined : bundleOf(name), event, environment(0), forms),
      );
      const above = (name: string) =>
        starts
          .get(name)
          ?.map(({ answeredMs }, round) => answeredMs - (starts.get(bareNode)?.[round]?.readyMs ?? NaN)) ?? [];
      for (const name of cold) figures.push(figureOf(name, 'first 10 in a new process', 'ms above node', above(name)));
      goals.push({
        goal: 'first batch in a new process, deliver to fetch in turn',
        value: median(above('deliver')) / median(above(fetchInTurn)),
        atMost: 0.35,
      });
      return {
        figures,
        goals,
        notes: [
          `Connections: ${String(concurrency)} at the most for deliver, the pool and axios; fetch has no bound.`,
          'The gateway is a server in another process on the same machine.',
        ],
      };
    } finally {
      await gateway.stop();
    }
  },
};
