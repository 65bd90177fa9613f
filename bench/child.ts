import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A process that does what it is told, one thing at a time. */
export interface Child {
  /** Resolves to what the child answers; rejects where it ends instead. */
  readonly ask: (question: unknown) => Promise<unknown>;
  readonly stop: () => Promise<void>;
}

/** Starts a module of the bench as a process of its own. What it prints is not looked at, its errors are shown. */
export function startChild(
  file: string,
  environment: NodeJS.ProcessEnv,
  parameters: readonly string[] = [],
  nodeOptions: readonly string[] = [],
): Child {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, parameters, {
    env: environment,
    execArgv: [...nodeOptions],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  return {
    ask: (question) => askOf(child, exited, file, question),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      // Closing the channel instead of sending a signal lets a profiled child write its profile before it exits.
      if (child.connected) child.disconnect();
      const patience = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exited;
      clearTimeout(patience);
    },
  };
}

async function askOf(child: ChildProcess, exited: Promise<unknown>, file: string, question: unknown): Promise<unknown> {
  const waiting = new AbortController();
  const answered = once(child, 'message', { signal: waiting.signal });
  child.send(question as object);
  const ended = exited.then(() => {
    throw new Error(`${file} ended before it had answered`);
  });
  try {
    const [answer] = (await Promise.race([answered, ended])) as unknown[];
    if (typeof answer === 'object' && answer !== null && 'error' in answer) throw new Error(String(answer.error));
    return answer;
  } finally {
    answered.catch(() => undefined);
    waiting.abort();
  }
}
