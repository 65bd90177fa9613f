import { parseApiKeys, type ApiKey } from './api-key.ts';
import type { Setting } from './environment.ts';

/**
 * Every setting, declared once. A setting has one name: `maxBodyBytes` is the parameter of a deployment, and
 * `MAX_BODY_BYTES` the environment variable of the function and of the local stack. Tests hold serverless.yml and
 * docs/configuration.md to this file.
 */

/*
 * The kinds of settings. The annotations let the bundler omit the settings that a function does not read, and work only
 * in the file where the settings are.
 */

/** Text of any form. `read` returns undefined for text that is not as expected. */
/* @__NO_SIDE_EFFECTS__ */
function setting<T>(
  expected: string,
  read: (text: string) => T | undefined,
  fallback?: string,
  variable?: string,
): Setting<T> {
  return {
    expected,
    default: fallback,
    ...(variable !== undefined && { variable }),
    read(text) {
      const value = read(text);
      return value === undefined ? { faults: [`must be ${expected}`] } : { value };
    },
  };
}

/** A whole number. @param what such as "a whole number of seconds". */
/* @__NO_SIDE_EFFECTS__ */
function integer(what: string, min: number, max: number, fallback: number): Setting<number> {
  const read = (text: string) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    return value >= min && value <= max ? value : undefined;
  };
  return setting(`${what} from ${String(min)} to ${String(max)}`, read, String(fallback));
}

/** One of several numbers. @param why these numbers. */
/* @__NO_SIDE_EFFECTS__ */
function oneOf(numbers: readonly number[], why: string, fallback: number): Setting<number> {
  const read = (text: string) => numbers.find((number) => String(number) === text);
  return setting(`one of ${numbers.join(', ')}${why}`, read, String(fallback));
}

/* @__NO_SIDE_EFFECTS__ */
function flag(fallback: boolean): Setting<boolean> {
  const read = (text: string) => (text === 'true' ? true : text === 'false' ? false : undefined);
  return setting('true or false', read, String(fallback));
}

const apiKeys: Setting<readonly ApiKey[]> = {
  expected: 'entries of `npm run key`, separated by ;',
  default: '',
  read(text) {
    const reading = parseApiKeys(text);
    return reading.ok ? { value: reading.keys } : reading;
  },
};
const extraVerbs = setting(
  'verbs, separated by commas',
  (text): readonly string[] =>
    text
      .split(',')
      .map((verb) => verb.trim())
      .filter((verb) => verb !== ''),
  '',
);
const httpUrl = (text: string) => (/^https?:\/\//.test(text) && URL.canParse(text) ? new URL(text) : undefined);
const queueUrl = setting('the URL of a queue', (text) => (URL.canParse(text) ? text : undefined));
const stage = setting('the name of a stage', (text) => text, 'none');
const selectorRequired = flag(true);

/** Read by the function `accept`. */
export const acceptSettings = {
  stage,
  pushesQueueUrl: queueUrl,
  apiKeys,
  openIntake: flag(false),
  extraVerbs,
  selectorRequired,
  // Far more than a device can be sent (a few KB at most), and about what SQS bills as one request.
  maxBodyBytes: integer('a whole number of bytes', 1024, 262_144, 65_536),
  retryAfterSeconds: integer('a whole number of seconds', 1, 3600, 5),
};

/** Read by the function `deliver`. */
export const deliverSettings = {
  stage,
  // Without a default: a function that lacks the variable must not post to the real gateway.
  gatewayUrl: setting('an http or https address', httpUrl, undefined, 'PNM2_URL'),
  pushesQueueUrl: queueUrl,
  sweepsQueueUrl: queueUrl,
  undeliverableQueueUrl: queueUrl,
  // A function has 1,024 file descriptors, and needs some for itself:
  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  concurrency: integer('a whole number of attempts', 1, 900, 500),
  connectTimeoutMs: integer('a whole number of milliseconds', 10, 20_000, 3000),
  // An attempt and the work after it must end within the 30 s of the function.
  attemptTimeoutMs: integer('a whole number of milliseconds', 10, 20_000, 10_000),
  backoffBaseSeconds: integer('a whole number of seconds', 1, 900, 2),
  backoffCapSeconds: integer('a whole number of seconds', 1, 10_800, 900),
  // The queue keeps a message for four days, and the last attempt must come before.
  lifetimeSeconds: integer('a whole number of seconds', 1, 259_200, 86_400),
  maxReceiveCount: integer('a whole number of receives', 2, 1000, 1000),
  outageFailures: integer('a whole number of attempts', 2, 10_000, 20),
};

/** Read by the function `sweep`. */
export const sweepSettings = {
  stage,
  sweepsQueueUrl: queueUrl,
  sweepsBucket: setting('the name of a bucket', (text) =>
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text) ? text : undefined,
  ),
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
  tickMinutes: oneOf(
    [1, 2, 3, 4, 5, 6, 10, 12, 15],
    ': a divisor of an hour, and no more than SQS can delay a push',
    15,
  ),
  sweepSpeed: integer('a whole number', 1, 3600, 1),
  extraVerbs,
  selectorRequired,
};

/* @__NO_SIDE_EFFECTS__ */
const batchRecords = (fallback: number) => integer('a whole number of pushes', 1, 10_000, fallback);
// A push stays hidden for six timeouts of `deliver` (180 s) and the window, 240 s in all: see infra/queues.yml.
/* @__NO_SIDE_EFFECTS__ */
const windowSeconds = (fallback: number) => integer('a whole number of seconds', 0, 60, fallback);
/* @__NO_SIDE_EFFECTS__ */
const instances = (fallback: number) => integer('a whole number of instances', 2, 1000, fallback);

/**
 * Of the event source mappings that invoke `deliver`:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export const mappingSettings = {
  deliverInstances: instances(10),
  batchRecords: batchRecords(10),
  batchWindowSeconds: windowSeconds(0),
  sweepInstances: instances(5),
  sweepBatchRecords: batchRecords(1000),
  sweepBatchWindowSeconds: windowSeconds(1),
};

/** Of the deployed stack alone: the API, logs, alarms and dashboards. */
export const stackSettings = {
  throttleRate: integer('a whole number of requests a second', 0, 1_000_000, 1000),
  throttleBurst: integer('a whole number of requests', 0, 1_000_000, 2000),
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  logRetentionDays: oneOf(
    [...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731], ...[1096, 1827, 2192, 2557, 2922, 3288, 3653]],
    ' days',
    30,
  ),
  alarms: flag(false),
  alarmEmail: setting('an e-mail address', (text) => (text === '' || text.includes('@') ? text : undefined), ''),
  alarmTopicKeyArn: setting('the ARN of a KMS key', (text) => text, ''),
  alarmDeadLetters: integer('a whole number of dead letters', 0, 1_000_000, 0),
  alarmOldestPushSeconds: integer('a whole number of seconds', 1, 345_600, 300),
  alarmGatewayFailuresPercent: integer('a whole number', 0, 100, 50),
  alarmGatewayAttempts: integer('a whole number of attempts', 1, 1_000_000, 25),
  dashboard: flag(true),
};

/* @__NO_SIDE_EFFECTS__ */
const port = (fallback: number) => integer('a port number', 0, 65_535, fallback);

/** Of the local stack alone. A port of 0 is any free port. */
export const localSettings = { port: port(4000), sandboxPort: port(4001), awsPort: port(4566) };

/** A batch of more than 10 needs a batching window: AWS refuses the event source mapping otherwise. */
export function faultsOfBatches(
  values: Readonly<Record<string, unknown>>,
  nameOf: (name: keyof typeof mappingSettings) => string,
): string[] {
  const batches = [
    { records: 'batchRecords', window: 'batchWindowSeconds' },
    { records: 'sweepBatchRecords', window: 'sweepBatchWindowSeconds' },
  ] as const;
  return batches
    .filter(({ records, window }) => Number(values[records]) > 10 && Number(values[window]) === 0)
    .map(({ records, window }) => `${nameOf(records)} above 10 needs ${nameOf(window)} of at least 1`);
}

/** What each setting does, for docs/configuration.md. */
export const descriptions = {
  port: 'port of the intake',
  sandboxPort: 'port of the sandbox',
  awsPort: 'port of SQS and S3',

  apiKeys: '[API keys](#api-keys), separated by `;`',
  extraVerbs: 'verbs that are allowed besides the three, separated by commas, also in plans',
  selectorRequired: '`false` allows `NotifyTextMessage` without a `Selector`, for old clients, also in plans',
  maxBodyBytes: 'size of the largest request body',
  retryAfterSeconds: '`Retry-After` of a 503',

  gatewayUrl: 'address that pushes are posted to',
  concurrency: 'concurrent attempts in one instance of `deliver`',
  connectTimeoutMs: 'time limit of an attempt to connect',
  attemptTimeoutMs: 'time limit of an attempt in all',
  backoffBaseSeconds: 'delay before the second attempt, which doubles with each attempt',
  backoffCapSeconds: 'longest delay between two attempts',
  lifetimeSeconds: 'how long a push is retried',
  maxReceiveCount: 'receives after which a push becomes a dead letter, whatever its age',
  outageFailures: 'failures in a row after which the gateway counts as down',

  tickMinutes: 'minutes between two ticks',
  sweepSpeed: 'factor by which sweeps run faster; with 1440, a day takes a minute',

  deliverInstances: 'concurrent instances of `deliver` for the queue `pushes`',
  batchRecords: 'largest batch of the queue `pushes`; more than 10 need a window of at least 1 second',
  batchWindowSeconds: 'how long SQS gathers a batch of the queue `pushes`',
  sweepInstances: 'concurrent instances of `deliver` for the queue `sweeps`',
  sweepBatchRecords: 'largest batch of the queue `sweeps`; more than 10 need a window of at least 1 second',
  sweepBatchWindowSeconds: 'how long SQS gathers a batch of the queue `sweeps`',

  throttleRate: 'requests that the API accepts per second',
  throttleBurst: 'requests that the API accepts at once',
  logRetentionDays: 'how long logs are kept',
  alarms: '`true` switches the alarms on (1.20 $ a month)',
  alarmEmail: 'address that receives the alarms; it switches them on, too',
  alarmTopicKeyArn: 'your own KMS key for the topic of the alarms',
  alarmDeadLetters: 'more dead letters than this raise an alarm',
  alarmOldestPushSeconds: 'a push that waits longer than this for an attempt raises an alarm',
  alarmGatewayFailuresPercent: 'a larger share of failed attempts in five minutes, in per cent, raises an alarm',
  alarmGatewayAttempts: 'fewer attempts than this in five minutes raise no alarm about failures',
  dashboard: '`false` leaves out the two dashboards; three are free in an account',
} as const;
