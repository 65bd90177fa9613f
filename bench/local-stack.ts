import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The local stack, in processes of its own. */
export interface LocalStack {
  readonly pushUrl: URL;
  readonly stop: () => Promise<void>;
}

/** Starts the local stack on free ports, before a gateway that is somebody else's. */
export async function startLocalStack(pnm2Url: string, environment: NodeJS.ProcessEnv): Promise<LocalStack> {
  const child = spawn(process.execPath, ['local/start.ts'], {
    cwd: root,
    env: { ...environment, PORT: '0', SANDBOX_PORT: '0', AWS_PORT: '0', PNM2_URL: pnm2Url, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const door = Promise.withResolvers<URL>();
  let isReady = false;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, url] = /door +(http\S+)/.exec(line) ?? [];
    if (url !== undefined && !isReady) {
      isReady = true;
      door.resolve(new URL(url));
    }
  });
  const ended = exited.then(() => {
    throw new Error('the local stack ended before it was ready');
  });
  const pushUrl = await Promise.race([door.promise, ended]);
  ended.catch(() => undefined);
  return {
    pushUrl,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
