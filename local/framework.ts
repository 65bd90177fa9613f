import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { announcedService, type AnnouncedService } from './service.ts';

export interface FrameworkOptions {
  readonly httpPort: number;
  readonly lambdaPort: number;
  readonly environment: NodeJS.ProcessEnv;
  /** Lines that the functions log. */
  readonly onFunctionLog: (line: string) => void;
}

/** The framework's offline server: the HTTP API, and the functions behind it. */
export interface Framework {
  /** What `serverless.yml` says, once it serves. Rejects with all that it printed, where it ends instead. */
  readonly ready: Promise<AnnouncedService>;
  /** Invokes a function as Lambda's own API does. Rejects where the function failed. */
  readonly invoke: (functionName: string, event: unknown) => Promise<unknown>;
  /** Resolves when the process has ended. */
  readonly exited: Promise<void>;
  /** Ends the process, also one that is not ready yet. */
  readonly stop: () => Promise<void>;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');

/** Starts `serverless offline` for the stage `local` as a child. */
export function startFramework(options: FrameworkOptions): Framework {
  const { httpPort, lambdaPort, environment, onFunctionLog } = options;
  const child = spawn(
    process.execPath,
    [
      ...[cli, 'offline', '--stage', 'local', '--host', '127.0.0.1', '--useInProcess', '--noSponsor'],
      ...['--httpPort', String(httpPort), '--lambdaPort', String(lambdaPort)],
    ],
    // Its own process group: Ctrl-C on the terminal reaches only the parent, which then ends both.
    { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true },
  );
  const exited = once(child, 'exit').then(() => undefined);
  const printed: string[] = [];
  const serving = Promise.withResolvers<undefined>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      if (printed.length < 200) printed.push(line);
      if (line.includes('Server ready:')) serving.resolve(undefined);
      // The framework's own words are for its developers; a function logs JSON.
      if (line.startsWith('{')) onFunctionLog(line);
    });
  }
  const announced = Promise.withResolvers<AnnouncedService>();
  child.once('message', (message) => {
    const read = v.safeParse(announcedService, message);
    if (read.success) announced.resolve(read.output);
    else announced.reject(new Error(`serverless.yml is not as expected: ${v.summarize(read.issues)}`));
  });
  const failed = exited.then(() => {
    throw new Error(`serverless offline ended before it was ready:\n${printed.join('\n')}`);
  });
  const ready = Promise.race([Promise.all([announced.promise, serving.promise]).then(([service]) => service), failed]);
  return {
    ready,
    exited,
    async invoke(functionName, event) {
      const url = `http://127.0.0.1:${String(lambdaPort)}/2015-03-31/functions/${functionName}/invocations`;
      // Not by `fetch`, which gives up after five minutes: a sweep may take fourteen.
      const invocation = request(url, { method: 'POST' }).end(JSON.stringify(event));
      const [response] = (await once(invocation, 'response')) as [IncomingMessage];
      const answer = await text(response);
      if (response.statusCode !== 200 || 'x-amz-function-error' in response.headers) {
        throw new Error(`${functionName}: ${answer}`);
      }
      const parsed: unknown = answer === '' ? null : JSON.parse(answer);
      return parsed;
    },
    async stop() {
      // Stopping it is no failure of its start.
      ready.catch(() => undefined);
      child.kill('SIGTERM');
      const patience = setTimeout(() => child.kill('SIGKILL'), 1000);
      await exited;
      clearTimeout(patience);
    },
  };
}
