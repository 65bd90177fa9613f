import type { Measure } from '../answering.ts';
import { lambdaEnvironment } from '../lambda-environment.ts';
import { generationsOf, isTrial, scaled, warmUpsOf, type Goal, type Part } from '../part.ts';
import { startInstances, startServer } from '../processes.ts';
import type { Latency } from '../servers/gateway.ts';
import { figureOf, inRounds, median, ratios, type Measures } from '../statistics.ts';

const floor = 'deliver/pool';
const fetchInTurn = 'deliver/fetch-in-turn';
const fetchAtOnce = 'deliver/fetch-at-once';
const contenders = ['deliver', floor, fetchAtOnce, fetchInTurn] as const;

const latenciesMs = [0, 20, 100] as const;
const batchSizes = [10, 100, 1000] as const;

/** Concurrent attempts, as in `serverless.yml`. */
const concurrency = 500;

/**
 * Batches of 1000 that each process delivers before it is measured. Until about 15, its CPU of a push still falls, and
 * not as soon in one contender as in another.
 */
const warmUpBatches = 20;

/** Batches of one size, to a gateway with one latency. */
interface Cell {
  readonly name: string;
  readonly latencyMs: number;
  readonly records: number;
  /** In one round, which takes about 200 ms: with less effort there are fewer rounds, not shorter ones, except in a trial. */
  readonly batches: number;
  readonly contenders: readonly string[];
  readonly measures: Measures<Measure>;
}

function cellOf(latencyMs: number, records: number, effort: number): Cell {
  const batchMs = Math.ceil(records / concurrency) * latencyMs + records * 0.1;
  return {
    name: `${String(records)} at ${String(latencyMs)} ms`,
    latencyMs,
    records,
    batches: isTrial(effort) ? 1 : Math.ceil(200 / batchMs),
    // One after another takes the latency times the batch: 100 seconds for 1,000 at 100 ms.
    contenders: contenders.filter((name) => name !== fetchInTurn || latencyMs * records <= 400),
    measures: new Map(),
  };
}

const batchMs = ({ measures, batches }: Cell, name: string) =>
  measures.get(name)?.map(({ wallMs }) => wallMs / batches) ?? [];
const cpuUs = ({ measures, batches, records }: Cell, name: string) =>
  measures.get(name)?.map(({ cpuMs }) => (cpuMs * 1000) / (batches * records)) ?? [];

export const deliver: Part = {
  name: 'deliver',
  title: 'Delivery: batches of queued pushes, posted to a gateway',
  async run({ effort }) {
    const gateway = await startServer('gateway');
    // Nothing of a delivered batch goes to SQS.
    const environment = lambdaEnvironment('http://127.0.0.1:9', {
      PNM2_URL: `http://127.0.0.1:${String(gateway.port)}`,
      CONCURRENCY: String(concurrency),
    });
    const sizes = batchSizes.filter((records) => records <= 100 || !isTrial(effort));
    const cells = latenciesMs.flatMap((latencyMs) => sizes.map((records) => cellOf(latencyMs, records, effort)));
    for (let generation = 0; generation < generationsOf(effort); generation += 1) {
      const instances = await startInstances(contenders, environment);
      const post = (name: string, records: number, invocations: number) =>
        instances.ask(name, { kind: 'batches', records, invocations });
      const setLatency = (latencyMs: number) => gateway.ask({ latencyMs } satisfies Latency);
      await setLatency(0);
      // In turns, so that all of them warm up on a machine as busy as for the others.
      await inRounds(warmUpsOf(warmUpBatches, effort), contenders, (name) => post(name, 1000, 1));
      for (const { latencyMs, records, batches, contenders: ofCell, measures } of cells) {
        await setLatency(latencyMs);
        await inRounds(warmUpsOf(2, effort), ofCell, (name) => post(name, records, batches));
        await inRounds(scaled(6, effort), ofCell, (name) => post(name, records, batches), measures);
      }
      await instances.stop();
    }
    await gateway.stop();

    const cpuTo = (other: string) => cells.map((cell) => median(ratios(cpuUs(cell, 'deliver'), cpuUs(cell, other))));
    return {
      figures: [
        ...cells.flatMap((cell) =>
          cell.contenders.flatMap((name) => {
            const rates = batchMs(cell, name).map((ms) => (cell.records * 1000) / ms);
            return [
              figureOf(name, `${cell.name}: pushes`, 'a second', rates),
              figureOf(name, `${cell.name}: CPU a push`, 'µs', cpuUs(cell, name)),
            ];
          }),
        ),
        ...[floor, fetchAtOnce].map((other) =>
          figureOf('deliver', 'CPU a push, in the cells', `of ${other}`, cpuTo(other)),
        ),
      ],
      goals: [
        { goal: 'CPU a push, deliver to pool, median of the cells', value: median(cpuTo(floor)), atMost: 1.2 },
        ...cells.flatMap(goalsOf),
      ],
      notes: [
        `Connections: at most ${String(concurrency)} for deliver and the pool; fetch has no bound.`,
        'The gateway is a server in another process on the same machine.',
      ],
    };
  },
};

function goalsOf(cell: Cell): Goal[] {
  const { name, latencyMs, records } = cell;
  // At 0 ms a batch is nothing but CPU, which has its own goal.
  if (latencyMs === 0) return [];
  const rate = median(ratios(batchMs(cell, floor), batchMs(cell, 'deliver')));
  const inLatencies = median(batchMs(cell, 'deliver')) / latencyMs;
  const goals: Goal[] = [{ goal: `${name}: pushes a second, deliver to pool`, value: rate, atLeast: 0.95 }];
  if (latencyMs === 100 && records > 10) {
    goals.push({ goal: `${name}: a batch, in latencies`, value: inLatencies, atMost: records === 100 ? 1.15 : 2.5 });
  }
  return goals;
}
