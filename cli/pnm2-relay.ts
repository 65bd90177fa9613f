import { runCli } from './program.ts';

const interruption = new AbortController();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (interruption.signal.aborted) process.exit(130);
    interruption.abort();
  });
}
process.stdout.on('error', (error: Error & { readonly code?: string }) => {
  // The reader of the pipe has closed it, as `head` does. The command still has to release the messages it holds.
  if (error.code === 'EPIPE') interruption.abort();
  else throw error;
});

process.exitCode = await runCli(process.argv.slice(2), {
  environment: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  interrupted: interruption.signal,
  now: Date.now,
});
