import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { afterEach } from 'vitest';
import { createSqsClient } from '../../shared/aws/sqs/client.ts';
import { startStrictSqs, type StrictSqs, type StrictSqsOptions } from './strict-sqs.ts';

const keys = {
  first: { secret: 'wJalrXUtnFEMI/K7MDENG/first', token: 'token/of+the=first' },
  second: { secret: 'wJalrXUtnFEMI/K7MDENG/second', token: 'token/of+the=second' },
  lasting: { secret: 'wJalrXUtnFEMI/K7MDENG/lasting' },
} as const satisfies StrictSqsOptions['keys'];

const stops: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

/** The environment of a function that has the credentials of a key. */
export function environmentWith(name: keyof typeof keys): Record<string, string | undefined> {
  const key: { readonly secret: string; readonly token?: string } = keys[name];
  return {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: name,
    AWS_SECRET_ACCESS_KEY: key.secret,
    AWS_SESSION_TOKEN: key.token,
  };
}

/** Starts an SQS for one test. */
export async function startSqs(options: Omit<StrictSqsOptions, 'keys'> = {}): Promise<StrictSqs> {
  const sqs = await startStrictSqs({ keys, ...options });
  stops.push(sqs.stop);
  return sqs;
}

/** The client of the functions for the SQS of a queue, for one test. */
export function clientFor(queueUrl: string, environment = environmentWith('first')): SQSClient {
  const client = createSqsClient(Object.assign(environment, { AWS_ENDPOINT_URL_SQS: new URL(queueUrl).origin }));
  stops.push(() => {
    client.destroy();
  });
  return client;
}

/** Sends messages to a queue. */
export function senderTo({ url }: Pick<StrictSqs, 'url'>, environment = environmentWith('first')) {
  const client = clientFor(url, environment);
  return (MessageBody: string, abortSignal?: AbortSignal) =>
    client.send(new SendMessageCommand({ QueueUrl: url, MessageBody }), { ...(abortSignal && { abortSignal }) });
}
