import { spawn } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { CliContext } from '../../cli/cli-context.ts';
import { runCli } from '../../cli/program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly interrupted?: AbortSignal;
  readonly now?: () => number;
  /** Makes all streams a terminal at which this is typed. */
  readonly typed?: string;
  /** Makes all streams a terminal, at which nothing is typed. */
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Runs the CLI in this process. */
export function cli(words: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return withContext(options, (context) => runCli(words, context));
}

/** Runs a command of the CLI in this process. */
export async function withContext(
  options: CliOptions,
  command: (context: CliContext) => Promise<number>,
): Promise<CliResult> {
  const { environment = {}, interrupted = new AbortController().signal, now = Date.now, typed, columns } = options;
  const written = { stdout: '', stderr: '' };
  const isTTY = options.isTTY ?? typed !== undefined;
  const output = (name: keyof typeof written) => ({
    write: (part: string) => (written[name] += part),
    isTTY,
    ...(columns !== undefined && { columns }),
  });
  const stdin = Object.assign(new PassThrough(), { isTTY });
  if (typed !== undefined) stdin.end(typed);
  const streams = { stdin, stdout: output('stdout'), stderr: output('stderr') };
  const exitCode = await command({ environment, ...streams, interrupted, now });
  return { exitCode, ...written };
}

/** Starts the CLI in a process of its own, with pipes. The process ends with the test. */
export function startCli(words: readonly string[], environment: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, ['cli/pnm2-relay.cjs', ...words], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Messages that a child still holds would be hidden in the next test.
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** Runs the CLI in a process of its own, with pipes. */
export async function spawnCli(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<CliResult> {
  const child = startCli(words, environment);
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => {
      resolve(code ?? -1);
    });
  });
  const [exitCode, stdout, stderr] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
  return { exitCode, stdout, stderr };
}
