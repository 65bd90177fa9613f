import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Measure } from './answering.ts';
import { bundleOf } from './build.ts';
import type { Work } from './children/instance.ts';

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/**
 * Runs a module of the bench in a process of its own, with its errors on this terminal and without its output. It answers
 * questions, one at a time.
 */
function startChild(
  file: string,
  environment: NodeJS.ProcessEnv,
  parameters: readonly string[],
  nodeOptions: readonly string[],
) {
  const child = fork(pathOf(file), parameters, {
    env: environment,
    execArgv: ['--expose-gc', ...nodeOptions],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  return {
    /** Resolves to the child's answer; rejects if the child exits instead. */
    ask: async (question: unknown): Promise<unknown> => {
      child.send(question as object);
      const ended = exited.then((): never => {
        throw new Error(`${[file, ...parameters].join(' ')} exited before it answered`);
      });
      const [answer] = (await Promise.race([once(child, 'message'), ended])) as unknown[];
      return answer;
    },
    stop: async () => {
      // No signal, so that a child under a profiler writes its profile.
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** Starts a server in a process of its own, so that its work does not count as that of a contender. */
export async function startServer(name: 'aws' | 'dynamodb' | 'gateway' | 'sqs') {
  const child = startChild(`servers/${name}.ts`, {}, [], []);
  return { ...child, port: Number(await child.ask('port')) };
}

/**
 * Starts instances of functions or contenders, which keep running between questions. Resolves once all have loaded: an
 * instance that warms up while others still load stays slower, by up to a tenth, for as long as it lives.
 */
export async function startInstances(
  names: readonly string[],
  environment: NodeJS.ProcessEnv,
  nodeOptions: readonly string[] = [],
) {
  const start = (name: string) => startChild('children/instance.ts', environment, [bundleOf(name)], nodeOptions);
  const children = new Map(names.map((name) => [name, start(name)]));
  const ask = async (name: string, work: Work) => (await children.get(name)?.ask(work)) as Measure;
  await Promise.all(names.map((name) => ask(name, { kind: 'events', events: [] })));
  return {
    ask,
    async stop() {
      await Promise.all(children.values().map((child) => child.stop()));
    },
  };
}

/** A new instance after its two steps: the handler is loaded, and the first event is handled. */
export interface ColdStart {
  readonly ready: Step;
  readonly answered: Step;
  /** The length of what the function logged. */
  readonly logBytes: number;
  readonly answerBytes: number;
}

interface Step {
  /** Since the start of the process. */
  readonly ms: number;
  readonly cpuMs: number;
}

/** The contender that is a process without any bundle. */
export const bareNode = 'node';

export async function startCold(name: string, environment: NodeJS.ProcessEnv, event: object): Promise<ColdStart> {
  const parameters = name === bareNode ? [] : [bundleOf(name)];
  const startedAt = performance.timeOrigin + performance.now();
  const child = spawn(process.execPath, [pathOf('children/cold.cjs'), ...parameters], {
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  });
  const { stdin, stdout } = child;
  const reports = child.stdio[3];
  if (stdin === null || stdout === null || !(reports instanceof Readable)) throw new Error('a pipe is missing');
  stdin.end(JSON.stringify({ startedAt, event }));
  const [logged, report] = await Promise.all([text(stdout), text(reports)]);
  if (report === '') throw new Error(`a new instance of ${name} did not answer`);
  const [ready, answered, answerBytes] = JSON.parse(report) as [Step, Step, number];
  return { ready, answered, logBytes: Buffer.byteLength(logged), answerBytes };
}
