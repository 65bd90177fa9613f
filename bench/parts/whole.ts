import { startChild } from '../child.ts';
import { startLocalStack } from '../local-stack.ts';
import { offer, type Watched } from '../offer.ts';
import type { Figure, Part } from '../part.ts';
import { quantile } from '../statistics.ts';

/** Pushes a second that are offered. The last is more than the stack carries, and tells where it saturates. */
const rates = [20, 100, 300, 1000] as const;

export const whole: Part = {
  name: 'whole',
  title: 'Whole: from the intake to the gateway, through the local stack',
  async run({ effort, environment }) {
    const gateway = startChild('servers/recording-gateway.ts', {});
    const port = Number(await gateway.ask('port'));
    const stack = await startLocalStack(`http://127.0.0.1:${String(port)}/pnm2`, environment);
    const watched: Watched = {
      pushUrl: stack.pushUrl,
      arrivals: async () => (await gateway.ask('arrivals')) as [string, number][],
    };
    try {
      const figures: Figure[] = [];
      await offer(watched, 50, Math.max(0.2, 4 * effort));
      for (const rate of rates) {
        const { acceptedMs, deliveredMs, deliveredPerSecond, refused } = await offer(
          watched,
          rate,
          Math.max(0.2, 6 * effort),
        );
        const contender = `${String(rate)} a second`;
        const figure = (measure: string, unit: string, value: number): Figure => ({
          ...{ contender, measure, unit, median: value, lowerQuartile: value, upperQuartile: value },
        });
        figures.push(
          figure('accepted after, p50', 'ms', quantile(acceptedMs, 0.5)),
          figure('accepted after, p99', 'ms', quantile(acceptedMs, 0.99)),
          figure('delivered after, p50', 'ms', quantile(deliveredMs, 0.5)),
          figure('delivered after, p99', 'ms', quantile(deliveredMs, 0.99)),
          figure('delivered', 'a second', deliveredPerSecond),
          figure('refused or lost', 'pushes', refused + acceptedMs.length - deliveredMs.length),
        );
      }
      return {
        figures,
        goals: [],
        notes: [
          'Pushes are due at even times, whatever the answers take; times are from when a push was due.',
          'The stack, the load and the gateway share one machine: this tells what the relay adds, not what AWS does.',
        ],
      };
    } finally {
      await stack.stop();
      await gateway.stop();
    }
  },
};
