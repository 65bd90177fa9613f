import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from '../child.ts';
import { startLocalStack } from '../local-stack.ts';
import { offer, type Watched } from '../offer.ts';
import type { Figure, Part } from '../part.ts';
import { quantile } from '../statistics.ts';
import { localS3, placeList, placePlan } from '../sweep-order.ts';

/** Single pushes, of which somebody waits for each. */
const pushesPerSecond = 20;

/** An hour in a minute: the quarter of an hour between two ticks takes fifteen seconds. */
const speed = 60;
const sweptPerSecond = 100;

const place = { bucket: 'pnm2-relay-local-sweeps', list: 'devices/bench.csv', plan: 'plans/bench.json' } as const;

export const queues: Part = {
  name: 'queues',
  title: 'Queues: single pushes through the local stack, without a sweep and under one',
  async run({ effort, environment }) {
    const gateway = startChild('servers/recording-gateway.ts', {});
    const port = Number(await gateway.ask('port'));
    const stack = await startLocalStack(`http://127.0.0.1:${String(port)}/pnm2`, {
      ...environment,
      SWEEP_SPEED: String(speed),
    });
    const s3 = localS3(stack.awsUrl);
    /** When the pushes of the sweep came. */
    const swept: number[] = [];
    const watched: Watched = {
      pushUrl: stack.pushUrl,
      async arrivals() {
        const came = (await gateway.ask('arrivals')) as [string, number, string][];
        swept.push(...came.filter(([, , verb]) => verb === 'NotifyReprovision').map(([, at]) => at));
        return came.map(([token, at]): [string, number] => [token, at]);
      },
    };
    try {
      const seconds = Math.max(1, 20 * effort);
      await offer(watched, pushesPerSecond, Math.max(0.2, 4 * effort));
      const before = await offer(watched, pushesPerSecond, seconds);

      const windowSeconds = Math.max(4, Math.round(60 * effort));
      await placeList(s3, place, sweptPerSecond * windowSeconds);
      await placePlan(s3, place, { window: `PT${String(windowSeconds * speed)}S` });
      while (swept.length === 0) {
        await watched.arrivals();
        await sleep(100);
      }
      const under = await offer(watched, pushesPerSecond, Math.max(1, windowSeconds * 0.6));
      while (swept.length < sweptPerSecond * windowSeconds) {
        await watched.arrivals();
        await sleep(100);
      }
      const after = await offer(watched, pushesPerSecond, seconds);

      const without = [...before.deliveredMs, ...after.deliveredMs];
      const figures: Figure[] = [
        { contender: 'without a sweep', times: without },
        { contender: `under a sweep of ${String(sweptPerSecond)} a second`, times: under.deliveredMs },
      ].flatMap(({ contender, times }) =>
        [0.5, 0.9, 0.99].map((share) => {
          const value = quantile(times, share);
          const measure = `delivered after, p${String(share * 100)}`;
          return { contender, measure, unit: 'ms', median: value, lowerQuartile: value, upperQuartile: value };
        }),
      );
      const ratio = (share: number) => quantile(under.deliveredMs, share) / quantile(without, share);
      return {
        figures,
        goals: [
          { goal: 'p50 under a sweep to p50 without', value: ratio(0.5), atMost: 1.5 },
          { goal: 'p99 under a sweep to p99 without', value: ratio(0.99), atMost: 1.5 },
          { goal: 'busiest second of the sweep to its mean', value: busiestToMean(swept), atMost: 1.5 },
        ],
        notes: [
          `${String(pushesPerSecond)} single pushes a second. The sweep is spread over ${String(windowSeconds)} s, ${String(speed)} times as fast as its plan says.`,
          'The stack, the load and the gateway share one machine, and one process runs all functions: on AWS the queues share nothing but the gateway.',
        ],
      };
    } finally {
      s3.destroy();
      await stack.stop();
      await gateway.stop();
    }
  },
};

function busiestToMean(times: readonly number[]): number {
  const seconds = Map.groupBy(times, (at) => Math.floor(at / 1000));
  const counts = [...seconds.values()].map((ofSecond) => ofSecond.length);
  return Math.max(...counts) / (times.length / counts.length);
}
