import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The local stack, in processes of its own. */
export interface LocalStack {
  readonly pushUrl: URL;
  /** Of SQS and S3. */
  readonly awsUrl: string;
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
  const addresses = Promise.withResolvers<Pick<LocalStack, 'pushUrl' | 'awsUrl'>>();
  const greeting: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (greeting.at(-1)?.startsWith('ready') === true) return;
    greeting.push(line);
    if (line.startsWith('ready')) addresses.resolve(addressesIn(greeting.join('\n')));
  });
  const ended = exited.then(() => {
    throw new Error('the local stack ended before it was ready');
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

/** What the stack prints when it is up. */
function addressesIn(greeting: string): Pick<LocalStack, 'pushUrl' | 'awsUrl'> {
  const [, door] = /door +(http\S+)/.exec(greeting) ?? [];
  const [, awsUrl] = /S3 +(http\S+)/.exec(greeting) ?? [];
  if (door === undefined || awsUrl === undefined) throw new Error(`the local stack printed no addresses:\n${greeting}`);
  return { pushUrl: new URL(door), awsUrl };
}
