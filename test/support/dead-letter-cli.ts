import type { CliContext } from '../../cli/cli-context.ts';
import { connectToQueues, type DeadLetterQueue } from '../../cli/dead-letters/dead-letter-queue.ts';
import type { Listening } from '../../local/listen.ts';
import { cli, type CliOptions, type CliResult } from './cli.ts';
import { putDeadLetters, type SentDeadLetter } from './dead-letters.ts';
import { startQueues, type TestQueues, type TestQueuesOptions } from './queues.ts';
import { startSqsProxy, type Fate } from './sqs-proxy.ts';

const namePrefix = 'pnm2-relay-local-';

/** The JSON that `dead-letters list --json` prints. */
export interface ListedJson {
  readonly scanned: number;
  readonly matching: number;
  readonly complete: boolean;
  readonly byReasonAndAge: Record<string, Record<string, number>>;
  readonly deadLetters: Record<string, unknown>[];
}

/** The queues of a local stack, and the CLI that works on them in this process. */
export interface DeadLetterCli {
  readonly queues: TestQueues;
  readonly put: (...deadLetters: readonly SentDeadLetter[]) => Promise<void>;
  /** Runs `dead-letters LINE --local`. */
  readonly run: (line: string, options?: CliOptions) => Promise<CliResult>;
  readonly listJson: (line?: string) => Promise<ListedJson>;
  /** All messages of a queue, and those that a reader holds. */
  readonly inside: (queue: 'pushes' | 'undeliverable') => {
    readonly all: readonly { readonly messageId: string; readonly body: string }[];
    readonly inflight: readonly unknown[];
  };
  readonly bodiesIn: (queue: 'pushes' | 'undeliverable') => string[];
  /** Lets some calls of the CLI to SQS fail. */
  readonly interfere: (fateOf: (action: string) => Fate | Promise<Fate>) => Promise<void>;
  /** The connection that the commands get. */
  readonly connect: (context: CliContext) => Promise<DeadLetterQueue>;
  readonly stop: () => Promise<void>;
}

export async function startDeadLetterCli(options: TestQueuesOptions = {}): Promise<DeadLetterCli> {
  const queues = await startQueues({ namePrefix, ...options });
  let proxy: Listening | undefined;
  const port = () => String(proxy?.port ?? queues.server.port);
  const run: DeadLetterCli['run'] = (line, cliOptions = {}) =>
    cli(['dead-letters', ...line.split(' '), '--local'], { environment: { AWS_PORT: port() }, ...cliOptions });
  const inside: DeadLetterCli['inside'] = (queue) => {
    const messages = queues.server.inspectQueue(`${namePrefix}${queue}`)?.messages;
    if (messages === undefined) throw new Error('no such queue');
    const inflight = messages.inflight.map(({ message }) => message);
    return { all: [...messages.ready, ...messages.delayed, ...inflight], inflight };
  };
  return {
    queues,
    run,
    inside,
    put: (...deadLetters) => putDeadLetters(queues, deadLetters),
    listJson: async (line = '') => JSON.parse((await run(`list --json${line && ` ${line}`}`)).stdout) as ListedJson,
    bodiesIn: (queue) =>
      inside(queue)
        .all.map(({ body }) => body)
        .sort(),
    async interfere(fateOf) {
      proxy = await startSqsProxy(queues.server.port, fateOf);
    },
    connect: (context) =>
      connectToQueues({ kind: 'local', endpoint: `http://127.0.0.1:${port()}` }, { stage: 'dev' }, context),
    async stop() {
      await proxy?.stop();
      await queues.stop();
    },
  };
}

/** The parameters of a push that nobody but its device should see. */
export const secretParameters = {
  ...{ verb: 'NotifyGenericTextMessage', AppId: 'com.example.one', DeviceToken: 'secret-token' },
  ...{ Selector: 'secret-selector', Message: 'secret text' },
};
