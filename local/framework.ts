import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { templateShape } from './template.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');

/** Starts `serverless offline`, the HTTP API and the functions, for the stage `local` in a child process. */
export function startFramework(
  { httpPort, lambdaPort }: Readonly<Record<'httpPort' | 'lambdaPort', number>>,
  env: NodeJS.ProcessEnv,
  onFunctionLog: (line: string) => void,
) {
  const child = spawn(
    process.execPath,
    [
      ...[cli, 'offline', '--stage', 'local', '--host', '127.0.0.1', '--useInProcess', '--noSponsor'],
      ...['--httpPort', String(httpPort), '--lambdaPort', String(lambdaPort)],
    ],
    // In a process group of its own, so that Ctrl-C on the terminal reaches only the parent, which then ends both.
    { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true },
  );
  const exited = once(child, 'exit').then(() => undefined);
  const output: string[] = [];
  const serving = Promise.withResolvers<undefined>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      if (output.length < 200) output.push(line);
      if (line.includes('Server ready:')) serving.resolve(undefined);
      // A function logs JSON. Other lines are about the framework.
      if (line.startsWith('{')) onFunctionLog(line);
    });
  }
  const template = once(child, 'message').then(([message]) => {
    const read = v.safeParse(templateShape, message);
    if (!read.success) throw new Error(`The local stack cannot use serverless.yml: ${v.summarize(read.issues)}`);
    return read.output;
  });
  const failed = exited.then(() => {
    throw new Error(`serverless offline exited before it was ready:\n${output.join('\n')}`);
  });
  const ready = Promise.race([Promise.all([template, serving.promise]).then(([read]) => read), failed]);
  return {
    /** Resolves when it serves. Rejects with its output if it exits before. */
    ready,
    exited,
    /** Invokes a function by the API of Lambda. Rejects if the function fails. */
    async invoke(functionName: string, event: unknown): Promise<unknown> {
      const url = `http://127.0.0.1:${String(lambdaPort)}/2015-03-31/functions/${functionName}/invocations`;
      // `fetch` gives up after five minutes, but a sweep may take fourteen.
      const invocation = request(url, { method: 'POST' }).end(JSON.stringify(event));
      const [response] = (await once(invocation, 'response')) as [IncomingMessage];
      const answer = await text(response);
      if (response.statusCode !== 200 || 'x-amz-function-error' in response.headers) {
        throw new Error(`${functionName}: ${answer}`);
      }
      return answer === '' ? null : JSON.parse(answer);
    },
    /** Ends the process, even before it is ready. */
    stop: async (): Promise<void> => {
      ready.catch(() => undefined);
      child.kill('SIGTERM');
      const killTimer = setTimeout(() => child.kill('SIGKILL'), 1000);
      await exited;
      clearTimeout(killTimer);
    },
  };
}
