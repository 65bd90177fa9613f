import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { HTTPException } from 'hono/http-exception';
import type { Environment } from '../../shared/environment.ts';
import { localSettings } from '../../shared/settings.ts';
import type { CommandResult } from './api.ts';

const program = fileURLToPath(new URL('../../cli/pnm2-relay.cjs', import.meta.url));
const defaultAwsPort = localSettings.awsPort.default;

/** How long a command may take. Then it is interrupted. */
const timeoutMs = 60_000;
/** How long it may take after that to end. */
const endMs = 1000;

/** What is kept of each output of a command. */
const keptCharacters = 64 * 1024;

export type Cli = ReturnType<typeof createCli>;

/**
 * Runs commands of the CLI as a terminal would, one at a time.
 * @param variables those of the local stack, with its ports; `undefined` while it is not running.
 */
export function createCli(variables: () => Environment | undefined) {
  let running: ChildProcess | undefined;

  return {
    /**
     * Runs a command on the local stack. It has no terminal, so it must not ask.
     * @param args no shell reads them.
     * @param cwd the directory of the files that the arguments name.
     * @throws HTTPException if it cannot be run, or does not end by itself.
     */
    async run(args: readonly string[], cwd?: string): Promise<CommandResult> {
      const environment = variables();
      if (environment === undefined) {
        throw new HTTPException(503, { message: 'The local stack is starting: try again in a few seconds.' });
      }
      if (running !== undefined) {
        throw new HTTPException(409, { message: 'Another command is running: try again when it has ended.' });
      }
      const awsPort = environment['AWS_PORT'];
      const child = spawn(process.execPath, [program, ...args], {
        ...{ env: environment, cwd },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      running = child;
      const closed = once(child, 'close') as Promise<[number | null]>;
      const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
      const late = AbortSignal.timeout(timeoutMs);
      late.addEventListener('abort', () => void end(child));
      try {
        const [exitCode] = await closed;
        if (late.aborted || exitCode === null) {
          const why = late.aborted
            ? `did not end within ${String(timeoutMs / 1000)} seconds`
            : 'was ended from outside';
          throw new HTTPException(504, { message: `The command ${why}: see what it has done. ${stderr()}`.trim() });
        }
        return { command: commandLine(args, awsPort), exitCode, stdout: stdout(), stderr: stderr() };
      } finally {
        running = undefined;
      }
    },

    /** Ends the command that is running. */
    stop: async (): Promise<void> => {
      if (running !== undefined) await end(running);
    },
  };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let collected = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    if (collected.length < keptCharacters) collected += text;
  });
  return () => collected.slice(0, keptCharacters).trimEnd();
}

/** Interrupts a command as Ctrl-C does, so that it makes visible again what it holds. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGINT');
  const timer = setTimeout(() => child.kill('SIGKILL'), endMs);
  await exited;
  clearTimeout(timer);
}

/** The command as it is typed in the checkout. */
function commandLine(args: readonly string[], awsPort: string | undefined): string {
  const variables = awsPort === undefined || awsPort === defaultAwsPort ? [] : [`AWS_PORT=${awsPort}`];
  return [...variables, 'npm run cli --', ...args.map(quoted)].join(' ');
}

function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}
