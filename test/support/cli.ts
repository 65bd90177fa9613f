import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { runTool } from '../../cli/program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface ToolRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ToolOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly interrupted?: AbortSignal;
  readonly now?: () => number;
  /** Makes all streams a terminal at which this is typed. */
  readonly typed?: string;
  /** Makes all streams a terminal, at which nothing is typed. */
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly readingOptions?: Parameters<typeof runTool>[2];
}

/** Runs the tool in this process. */
export async function tool(words: readonly string[], options: ToolOptions): Promise<ToolRun> {
  const { environment, interrupted = new AbortController().signal, now = Date.now, typed, columns } = options;
  const written = { stdout: '', stderr: '' };
  const isTTY = options.isTTY ?? typed !== undefined;
  const output = (name: keyof typeof written) => ({
    write: (part: string) => (written[name] += part),
    isTTY,
    ...(columns !== undefined && { columns }),
  });
  const stdin = Object.assign(new PassThrough(), { isTTY });
  if (typed !== undefined) stdin.end(typed);
  const exitCode = await runTool(
    words,
    { environment, stdin, stdout: output('stdout'), stderr: output('stderr'), interrupted, now },
    options.readingOptions,
  );
  return { exitCode, ...written };
}

/** Starts the tool as a person does in a pipe. It is ended with the test, however that ends. */
export function startTool(words: readonly string[], environment: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, ['cli/pnm2-relay.cjs', ...words], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // What a child still holds would be missing in the next test.
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** Runs the tool as a person does in a pipe. */
export async function spawnTool(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<ToolRun> {
  const child = startTool(words, environment);
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => {
      resolve(code ?? -1);
    });
  });
  const [exitCode, stdout, stderr] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
  return { exitCode, stdout, stderr };
}
