import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { randomForm } from './events.ts';
import { startServer } from './processes.ts';
import type { Arrival } from './servers/gateway.ts';

/** The local stack in processes of its own, in front of a gateway that records what arrives. */
export interface LocalStack {
  /** The address of SQS and S3. */
  readonly awsUrl: string;
  /** The arrivals at the gateway so far. */
  readonly arrivals: () => Promise<readonly Arrival[]>;
  /** Sends pushes at even times, whatever their answers take, and waits until all accepted pushes are delivered. */
  readonly offer: (perSecond: number, seconds: number) => Promise<Offered>;
  readonly stop: () => Promise<void>;
}

export interface Offered {
  /** From when a push was due until the intake answered 202. */
  readonly acceptedMs: readonly number[];
  /** From when a push was due until the gateway had it. */
  readonly deliveredMs: readonly number[];
  readonly deliveredPerSecond: number;
  /** The number of answers other than 202. */
  readonly refused: number;
}

/** A push that has not arrived this long after the last arrival is lost. */
const patienceMs = 10_000;

export async function startLocalStack(environment: NodeJS.ProcessEnv): Promise<LocalStack> {
  const gateway = await startServer('gateway');
  const ports = { PORT: '0', SANDBOX_PORT: '0', AWS_PORT: '0' };
  const child = spawn(process.execPath, ['local/start.ts'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
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
    async offer(perSecond, seconds) {
      const agent = new Agent({ keepAlive: true, maxSockets: 500 });
      const dueAt = new Map<string, number>();
      const acceptedMs: number[] = [];
      const startedAt = Date.now();
      const count = Math.max(1, Math.round(perSecond * seconds));
      const send = async (due: number) => {
        const form = randomForm();
        if ((await statusOf(pushUrl, form, agent)) !== 202) return;
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

function statusOf(url: string, form: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': form.length };
    request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => {
        resolve(response.statusCode ?? 0);
      });
    })
      .on('error', reject)
      .end(form);
  });
}
