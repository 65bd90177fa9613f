import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { randomForm } from '../events.ts';
import { isTrial, scaled, type Figure, type Part } from '../part.ts';
import { startServer } from '../processes.ts';
import type { Arrival } from '../servers/gateway.ts';
import { figureOf, median, quantile } from '../statistics.ts';
import { localS3, placeList, placePlan } from '../sweep-order.ts';

/** Offered pushes a second. The last is more than the stack can take, and shows where it saturates. */
const rates = [20, 100, 300, 1000] as const;

const sweptPerSecond = 100;

const place = { bucket: 'pnm2-relay-local-sweeps', list: 'devices/bench.csv', plan: 'plans/bench.json' } as const;

export const localStack: Part = {
  name: 'local-stack',
  title: 'Local stack: from the intake to the gateway, without a sweep and under one',
  async run({ effort, environment }) {
    // An hour passes in a minute, so the 15 minutes between two ticks pass in 15 seconds, and in one second of a trial.
    const speed = isTrial(effort) ? 900 : 60;
    const stack = await startLocalStack({ ...environment, SWEEP_SPEED: String(speed) });
    const s3 = localS3(stack.awsUrl);
    const figures: Figure[] = [];
    const add = (contender: string, measure: string, unit: string, value: number) =>
      figures.push(figureOf(contender, measure, unit, [value]));

    await stack.offer(50, Math.max(0.2, 4 * effort));
    for (const rate of rates) {
      const offered = await stack.offer(rate, Math.max(0.2, 6 * effort));
      const { acceptedMs, deliveredMs, deliveredPerSecond, refused } = offered;
      const contender = `${String(rate)} a second`;
      add(contender, 'accepted after, p50', 'ms', quantile(acceptedMs, 0.5));
      add(contender, 'accepted after, p99', 'ms', quantile(acceptedMs, 0.99));
      add(contender, 'delivered after, p50', 'ms', quantile(deliveredMs, 0.5));
      add(contender, 'delivered after, p99', 'ms', quantile(deliveredMs, 0.99));
      add(contender, 'delivered', 'a second', deliveredPerSecond);
      add(contender, 'refused or lost', 'pushes', refused + acceptedMs.length - deliveredMs.length);
    }

    /** Single pushes, each of which somebody waits for. */
    const offer = async (seconds: number) => (await stack.offer(rates[0], seconds)).deliveredMs;
    /** When the pushes of the sweep arrived, once there are `count` of them. */
    const sweptAt = async (count: number) => {
      for (;;) {
        const swept = (await stack.arrivals()).filter(([, , verb]) => verb === 'NotifyReprovision');
        if (swept.length >= count) return swept.map(([, at]) => at);
        await sleep(100);
      }
    };
    const windowSeconds = isTrial(effort) ? 2 : scaled(60, effort);
    const before = await offer(scaled(20, effort));
    await placeList(s3, place, sweptPerSecond * windowSeconds);
    await placePlan(s3, place, { window: `PT${String(windowSeconds * speed)}S` });
    await sweptAt(1);
    const under = await offer(windowSeconds * 0.6);
    const swept = await sweptAt(sweptPerSecond * windowSeconds);
    const without = [...before, ...(await offer(scaled(20, effort)))];
    s3.destroy();
    await stack.stop();

    for (const share of [0.5, 0.9, 0.99]) {
      const measure = `delivered after at 20 a second, p${String(share * 100)}`;
      add('without a sweep', measure, 'ms', typicalQuantile(without, share));
      add(`under a sweep of ${String(sweptPerSecond)} a second`, measure, 'ms', typicalQuantile(under, share));
    }
    const ratio = (share: number) => typicalQuantile(under, share) / typicalQuantile(without, share);
    return {
      figures,
      goals: [
        { goal: 'p50 under a sweep to p50 without', value: ratio(0.5), atMost: 1.5 },
        { goal: 'p99 under a sweep to p99 without', value: ratio(0.99), atMost: 1.5 },
        { goal: 'busiest second of the sweep to its mean', value: busiestToMean(swept), atMost: 1.5 },
      ],
      notes: [
        'A quantile at 20 a second is the median over spans of 100 pushes, so that one pause of the machine does not decide it.',
        'Pushes are due at even times, whatever the answers take. Times are from when a push was due.',
        `The sweep is spread over ${String(windowSeconds)} s, ${String(speed)} times as fast as its plan says.`,
        'The stack, the load and the gateway share one machine, and one process runs all functions: this shows what the relay adds. On AWS the queues share nothing but the gateway.',
      ],
    };
  },
};

/** The quantile of each hundred values in a row, and of these the median. */
function typicalQuantile(values: readonly number[], share: number): number {
  const spans = [...Map.groupBy(values.keys(), (at) => Math.floor(at / 100)).values()];
  return median(
    spans.map((span) =>
      quantile(
        span.map((at) => values[at] ?? NaN),
        share,
      ),
    ),
  );
}

function busiestToMean(times: readonly number[]): number {
  const counts = [...Map.groupBy(times, (at) => Math.floor(at / 1000)).values()].map((ofSecond) => ofSecond.length);
  return Math.max(...counts) / (times.length / counts.length);
}

/** A push that has not arrived this long after the last arrival is lost. */
const patienceMs = 10_000;

/** The local stack in processes of its own, in front of a gateway that records what arrives. */
async function startLocalStack(environment: NodeJS.ProcessEnv) {
  const gateway = await startServer('gateway');
  const ports = { PORT: '0', SANDBOX_PORT: '0', AWS_PORT: '0' };
  const child = spawn(process.execPath, ['local/start.ts'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...environment, ...ports, PNM2_URL: `http://127.0.0.1:${String(gateway.port)}/pnm2`, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  // A bench that fails must not leave a stack behind.
  process.once('exit', () => child.kill());
  let greeting = '';
  const ready = Promise.withResolvers<undefined>();
  createInterface({ input: child.stdout })
    .on('line', (line) => {
      greeting += `${line}\n`;
      if (line.startsWith('ready')) ready.resolve(undefined);
    })
    .on('close', ready.resolve);
  await ready.promise;
  const [, pushUrl] = /intake +(http\S+)/.exec(greeting) ?? [];
  const [, awsUrl] = /S3 +(http\S+)/.exec(greeting) ?? [];
  if (pushUrl === undefined || awsUrl === undefined) throw new Error(`the local stack did not start:\n${greeting}`);

  const all: Arrival[] = [];
  const arrivals = async () => {
    all.push(...((await gateway.ask('arrivals')) as Arrival[]));
    return all;
  };
  return {
    awsUrl,
    arrivals,
    /**
     * Sends pushes at even times, whatever their answers take, and waits until all accepted pushes are delivered.
     * Milliseconds count from when a push was due.
     */
    async offer(perSecond: number, seconds: number) {
      const agent = new Agent({ keepAlive: true, maxSockets: 500 });
      const dueAt = new Map<string, number>();
      const acceptedMs: number[] = [];
      const startedAt = Date.now();
      const count = Math.max(1, Math.round(perSecond * seconds));
      const send = async (due: number) => {
        const form = randomForm();
        const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': form.length };
        const [response] = (await once(request(pushUrl, { method: 'POST', agent, headers }).end(form), 'response')) as [
          IncomingMessage,
        ];
        await text(response);
        if (response.statusCode !== 202) return;
        acceptedMs.push(Date.now() - due);
        dueAt.set(new URLSearchParams(form).get('DeviceToken') ?? '', due);
      };
      const answers: Promise<void>[] = [];
      for (let index = 0; index < count; index += 1) {
        const due = startedAt + (index * 1000) / perSecond;
        if (due - Date.now() > 1) await sleep(due - Date.now());
        answers.push(send(due));
      }
      await Promise.all(answers);
      agent.destroy();

      let delivered: Arrival[] = [];
      let last = Date.now();
      while (delivered.length < acceptedMs.length && Date.now() - last < patienceMs) {
        await sleep(20);
        const known = delivered.length;
        delivered = (await arrivals()).filter(([token]) => dueAt.has(token));
        if (delivered.length > known) last = Date.now();
      }
      const lastAt = Math.max(startedAt + 1, ...delivered.map(([, at]) => at));
      return {
        acceptedMs,
        deliveredMs: delivered.map(([token, at]) => at - (dueAt.get(token) ?? NaN)),
        deliveredPerSecond: (delivered.length * 1000) / (lastAt - startedAt),
        refused: count - acceptedMs.length,
      };
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
      await gateway.stop();
    },
  };
}
