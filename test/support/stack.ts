import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The local stack, started by `npm start`. */
export interface Stack {
  readonly pushUrl: string;
  readonly sandboxUrl: string;
  readonly gatewayUrl: string;
  readonly awsPort: number;
  /** The `wget` commands that it printed. */
  readonly examples: readonly string[];
  /** Everything printed so far. */
  readonly lines: readonly string[];
  readonly process: ChildProcess;
  /** Sends SIGINT to every process of the group, as Ctrl-C does. */
  readonly interrupt: () => Promise<void>;
}

/** Runs `npm start`, by default on free ports. */
export function spawnStart(environment: NodeJS.ProcessEnv = {}): ChildProcess & { readonly lines: string[] } {
  const child = spawn('npm', ['start'], {
    cwd: root,
    // A process group of its own, as in a terminal.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PORT: '0', SANDBOX_PORT: '0', GATEWAY_PORT: '0', AWS_PORT: '0', ...environment },
  });
  const lines: string[] = [];
  // Ctrl-C on the test run does not reach this group.
  const end = () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  };
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => lines.push(line));
  }
  return Object.assign(child, { lines });
}

export async function startStack(environment: NodeJS.ProcessEnv = {}): Promise<Stack> {
  const child = spawnStart(environment);
  const { lines } = child;
  const exited = once(child, 'exit');
  while (!lines.some((line) => line.startsWith('ready'))) {
    await Promise.race([once(child.stdout ?? child, 'data'), exited]);
    if (child.exitCode !== null) throw new Error(`npm start ended:\n${lines.join('\n')}`);
    await new Promise(setImmediate);
  }
  const find = (pattern: RegExp): string => {
    const found = lines.map((line) => pattern.exec(line)?.[1]).find((match) => match !== undefined);
    if (found === undefined) throw new Error(`${String(pattern)} was not printed:\n${lines.join('\n')}`);
    return found;
  };
  return {
    pushUrl: find(/intake +(http\S+)/),
    sandboxUrl: find(/page +(http\S+)\//),
    gatewayUrl: find(/gateway +(http\S+)/),
    awsPort: Number(find(/SQS +http\S+:(\d+)/)),
    examples: lines.filter((line) => line.startsWith('wget ')),
    lines,
    process: child,
    async interrupt() {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, 'SIGINT');
      await exited;
    },
  };
}
