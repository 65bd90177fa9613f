import { S3Client } from '@aws-sdk/client-s3';
import { readLocalConfiguration } from '../../local/configuration.ts';
import type { Environment } from '../../shared/environment.ts';
import { localClient } from '../../shared/local-stack.ts';
import { createStore } from '../../shared/sweeps/store.ts';
import { putDeadLetters, type SentDeadLetter } from './dead-letters.ts';
import { startQueues } from './queues.ts';
import { startLoneSandbox } from './sandbox.ts';

const namePrefix = 'pnm2-relay-local-';
const bucket = `${namePrefix}sweeps`;

/**
 * A sandbox with the queues and the bucket of a local stack, but without its functions.
 * @param environment of the local stack.
 */
export async function startConnectedSandbox(environment: Environment = {}) {
  const { verbs } = readLocalConfiguration(environment);
  const [queues, sandbox] = await Promise.all([startQueues({ namePrefix }), startLoneSandbox(undefined, { verbs })]);
  const { server: aws } = queues;
  const s3 = new S3Client({ ...localClient(`http://127.0.0.1:${String(aws.port)}`), forcePathStyle: true });
  aws.createBucket(bucket);
  const store = createStore(s3, bucket);
  let ticks = 0;
  const connection = sandbox.connect({
    queues: {
      pushes: queues.pushes.queueName,
      sweeps: `${namePrefix}sweeps`,
      undeliverable: queues.undeliverable.queueName,
    },
    ...{ aws, environment: { AWS_PORT: String(aws.port) } },
    plans: { store, tickMs: 900_000, speed: 1, now: Date.now },
    tick: () => {
      ticks += 1;
      return Promise.resolve();
    },
    onError: (error) => {
      throw error;
    },
  });
  const { sandboxUrl } = sandbox;
  return {
    ...{ queues, store, sandboxUrl },
    ticks: () => ticks,
    putDeadLetters: (...deadLetters: readonly SentDeadLetter[]) => putDeadLetters(queues, deadLetters),
    get: async <T>(path: string) => (await (await fetch(`${sandboxUrl}${path}`)).json()) as T,
    async post(path: string, body: unknown) {
      const response = await fetch(`${sandboxUrl}${path}`, { method: 'POST', body: JSON.stringify(body) });
      const answer = (await response.json()) as Partial<Record<'error' | 'command' | 'stdout' | 'stderr', string>>;
      return { status: response.status, ...answer };
    },
    stop: async () => {
      connection.stop();
      await sandbox.stop();
      s3.destroy();
      await queues.stop();
    },
  };
}
