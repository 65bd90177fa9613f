import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A local stack in a process of its own. */
export interface LocalStack {
  readonly pushUrl: URL;
  /** Of SQS and S3. */
  readonly awsUrl: string;
  readonly stop: () => Promise<void>;
}

/** Starts the local stack on free ports, with the given gateway. */
export async function startLocalStack(pnm2Url: string, environment: NodeJS.ProcessEnv): Promise<LocalStack> {
  const child = spawn(process.execPath, ['local/start.ts'], {
    cwd: root,
    env: { ...environment, PORT: '0', SANDBOX_PORT: '0', AWS_PORT: '0', PNM2_URL: pnm2Url, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const addresses = Promise.withResolvers<Pick<LocalStack, 'pushUrl' | 'awsUrl'>>();
  const greeting: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (greeting.at(-1)?.startsWith('ready') === true) return;
    greeting.push(line);
    if (line.startsWith('ready')) addresses.resolve(addressesIn(greeting.join('\n')));
  });
  const ended = exited.then(() => {
    throw new Error('the local stack exited before it was ready');
  });
  const found = await Promise.race([addresses.promise, ended]);
  ended.catch(() => undefined);
  return {
    ...found,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Reads the addresses that the local stack prints when it is ready. */
function addressesIn(greeting: string): Pick<LocalStack, 'pushUrl' | 'awsUrl'> {
  const [, intake] = /intake +(http\S+)/.exec(greeting) ?? [];
  const [, awsUrl] = /S3 +(http\S+)/.exec(greeting) ?? [];
  if (intake === undefined || awsUrl === undefined)
    throw new Error(`the local stack did not print its addresses:\n${greeting}`);
  return { pushUrl: new URL(intake), awsUrl };
}
