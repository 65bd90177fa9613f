import type { SQSClient } from '@aws-sdk/client-sqs';
import { readLocalConfiguration } from '../local/configuration.ts';
import { standInCredentials } from '../local/stand-in-credentials.ts';
import type { Environment } from '../shared/environment.ts';
import { Mistake } from './mistake.ts';
import { readStackOutputs } from './stack-outputs.ts';

/** Which relay the person means. */
export interface PlaceOptions {
  readonly local: boolean;
  readonly stage: string;
  readonly region?: string | undefined;
  readonly stack?: string | undefined;
}

/** Where the person wants to be connected to. */
export interface ConnectionOptions extends PlaceOptions {
  readonly undeliverableUrl?: string | undefined;
  /** By queue. */
  readonly queueUrls: ReadonlyMap<string, string>;
}

/** The queues of one relay. */
export interface Connection {
  readonly sqs: SQSClient;
  readonly undeliverableUrl: string;
  /** The URL of a queue's queue, or `undefined` where that is not known. */
  readonly queueUrl: (queue: string) => string | undefined;
}

/** Where a connection leads: the words for what may go wrong with it. */
export type Place =
  | { readonly kind: 'local'; readonly endpoint: string }
  | { readonly kind: 'aws'; readonly region: string; readonly stackName: string };

/** What the names of its stacks, queues and bucket begin with. */
export const relay = 'pnm2-relay';

/** Finds out where to connect to. @throws Mistake */
export function placeOf(
  options: PlaceOptions & Pick<ConnectionOptions, 'undeliverableUrl'>,
  environment: Environment,
): Place {
  const { local, stage, region, stack = `${relay}-${stage}`, undeliverableUrl } = options;
  if (local) {
    const port = readLocalConfiguration(environment).ports.AWS_PORT;
    if (port === 0) throw new Mistake('AWS_PORT is 0: set it to the port of SQS that npm start has printed.');
    return { kind: 'local', endpoint: `http://127.0.0.1:${String(port)}` };
  }
  // What is not said is as it is for a deployment.
  const chosen = region ?? regionOf(undeliverableUrl) ?? environment['AWS_REGION'];
  return { kind: 'aws', region: chosen === undefined || chosen === '' ? 'us-east-1' : chosen, stackName: stack };
}

/** The region in the URL of a queue on AWS. */
function regionOf(queueUrl: string | undefined): string | undefined {
  return queueUrl === undefined ? undefined : /^https:\/\/sqs\.([a-z\d-]+)\./.exec(queueUrl)?.[1];
}

/** No real ones are ever used for the local stack. */
export const localCredentials = {
  accessKeyId: standInCredentials.AWS_ACCESS_KEY_ID,
  secretAccessKey: standInCredentials.AWS_SECRET_ACCESS_KEY,
};

/** @throws Mistake, and whatever the SDK throws. */
export async function connect(place: Place, options: ConnectionOptions): Promise<Connection> {
  // Loaded here, so that a mistake in the command or `--help` is answered at once.
  const { SQSClient } = await import('@aws-sdk/client-sqs');
  const requestHandler = { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true };
  switch (place.kind) {
    case 'local': {
      const { endpoint } = place;
      const credentials = localCredentials;
      const queueUrl = (name: string) => `${endpoint}/000000000000/${relay}-local-${name}`;
      return {
        sqs: new SQSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 2, requestHandler }),
        undeliverableUrl: queueUrl('undeliverable'),
        queueUrl: (queue) => (/^[\w-]+$/.test(queue) ? queueUrl(queue) : undefined),
      };
    }
    case 'aws': {
      const { region, stackName } = place;
      const { undeliverableUrl, queueUrls } = options;
      const client = { region, maxAttempts: 5, requestHandler };
      if (undeliverableUrl !== undefined) {
        // A queue may be given by the address of a private endpoint.
        const sqs = new SQSClient({ ...client, endpoint: new URL(undeliverableUrl).origin });
        return { sqs, undeliverableUrl, queueUrl: (queue) => queueUrls.get(queue) };
      }
      const found = await findQueues(region, stackName);
      return {
        sqs: new SQSClient(client),
        undeliverableUrl: found.undeliverableUrl,
        queueUrl: (queue) => queueUrls.get(queue) ?? found.queueUrls.get(queue),
      };
    }
    default:
      return place satisfies never;
  }
}

interface FoundQueues {
  readonly undeliverableUrl: string;
  readonly queueUrls: ReadonlyMap<string, string>;
}

/** The queues of a stack, from its outputs: `PushesQueueUrl` is that of the queue `pushes`. */
async function findQueues(region: string, stackName: string): Promise<FoundQueues> {
  const urls = new Map<string, string>();
  for (const [key, url] of await readStackOutputs(region, stackName)) {
    const name = /^(.+)QueueUrl$/.exec(key)?.[1];
    if (name !== undefined) urls.set(name.charAt(0).toLowerCase() + name.slice(1), url);
  }
  const undeliverableUrl = urls.get('undeliverable');
  if (undeliverableUrl === undefined) {
    throw new Mistake(
      `The stack ${stackName} has no output UndeliverableQueueUrl: deploy it anew, or give its URL with --undeliverable-url.`,
    );
  }
  urls.delete('undeliverable');
  return { undeliverableUrl, queueUrls: urls };
}

const unreachable = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ETIMEDOUT']);

/** What went wrong, in one line with the remedy, or `undefined` where it is no fault of the person or of the network. */
export function explain(error: unknown, place: Place): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name } = error;
  const message = error.message.replace(/\s+/g, ' ').trim();
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (error instanceof Mistake) return message;
  if (unreachable.has(code) || name === 'TimeoutError') return explainUnreachable(message || code, place);
  if (name === 'QueueDoesNotExist') return explainAbsence('queue', 'SQS', 'the URL', place);
  if (name === 'NoSuchBucket') return explainAbsence('bucket', 'S3', '--bucket', place);
  // S3 may say neither who is refused nor what, and never does in the answer to a HEAD.
  if (
    ['AccessDenied', 'Forbidden', '403'].includes(name) &&
    /^(access denied|forbidden|unknownerror)?$/i.test(message)
  ) {
    return 'AWS says: AccessDenied: these credentials may not do that in the bucket: check AWS_PROFILE, and --stage and --region or --bucket.';
  }
  if (name === 'CredentialsProviderError') {
    return `There are no usable AWS credentials (${message}): set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or say --local for the local stack.`;
  }
  if (place.kind === 'aws' && name === 'ValidationError' && message.includes('does not exist')) {
    return `There is no stack ${place.stackName} in ${place.region}: say which with --stage or --stack, and --region.`;
  }
  // What AWS refuses or can't do, it says itself.
  return '$fault' in error ? `AWS says: ${name}: ${message}` : undefined;
}

function explainAbsence(what: string, service: string, given: string, place: Place): string {
  switch (place.kind) {
    case 'local':
      return `Something answers at ${place.endpoint} and has no such ${what}: is it the ${service} of npm start?`;
    case 'aws':
      return `There is no such ${what} in ${place.region}: check ${given}, or --stage and --region.`;
    default:
      return place satisfies never;
  }
}

function explainUnreachable(why: string, place: Place): string {
  switch (place.kind) {
    case 'local':
      return `Nothing answers at ${place.endpoint}: start the local stack with npm start, and say AWS_PORT=NUMBER if its SQS is at another port.`;
    case 'aws':
      return `AWS can't be reached in ${place.region} (${why}): check the network and --region.`;
    default:
      return place satisfies never;
  }
}
