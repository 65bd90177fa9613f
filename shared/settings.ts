import { parseApiKeys, type ApiKey } from './api-key.ts';
import type { Setting } from './environment.ts';
import { gatewayFormats } from './gateway-format.ts';
import { parseFilter, type FilterPolicy } from './outcomes/filter.ts';

/**
 * Every setting, declared once. A setting has one name: `maxBodyBytes` is the parameter of a deployment, and
 * `MAX_BODY_BYTES` the environment variable of the function and of the local stack. Tests hold serverless.yml and
 * docs/configuration.md to this file.
 */

// The annotations let esbuild omit the settings that a function does not read, but only those in this file:
// docs/adr/0002-one-declaration-of-settings.md.

/** A setting of any type. `read` returns undefined for an invalid text. */
/* @__NO_SIDE_EFFECTS__ */
function setting<T>(
  expected: string,
  read: (text: string) => T | undefined,
  fallback?: string,
  meaning?: string,
  variable?: string,
): Setting<T> {
  return {
    ...{ expected, default: fallback, meaning, variable },
    read(text) {
      const value = read(text);
      return value === undefined ? { faults: [`must be ${expected}`] } : { value };
    },
  };
}

/* @__NO_SIDE_EFFECTS__ */
function number(what: string, min: number, max: number, fallback: number, meaning: string): Setting<number> {
  const read = (text: string) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    return value >= min && value <= max ? value : undefined;
  };
  return setting(`${what} from ${String(min)} to ${String(max)}`, read, String(fallback), meaning);
}

/* @__NO_SIDE_EFFECTS__ */
function integer(unit: string, min: number, max: number, fallback: number, meaning: string): Setting<number> {
  return number(`a whole number of ${unit}`, min, max, fallback, meaning);
}

/** One of several values. @param why these values. */
/* @__NO_SIDE_EFFECTS__ */
function oneOf<T extends number | string>(
  values: readonly T[],
  why: string,
  fallback: NoInfer<T>,
  meaning: string,
): Setting<T> {
  const read = (text: string) => values.find((one) => String(one) === text);
  return setting(`one of ${values.join(', ')}${why}`, read, String(fallback), meaning);
}

/* @__NO_SIDE_EFFECTS__ */
function flag(fallback: boolean, meaning?: string): Setting<boolean> {
  const read = (text: string) => (text === 'true' ? true : text === 'false' ? false : undefined);
  return setting('true or false', read, String(fallback), meaning);
}

const listOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
const httpUrl = (text: string) => (/^https?:\/\//.test(text) && URL.canParse(text) ? new URL(text) : undefined);

const stage = setting('the name of a stage', (text) => text, 'none');
const queueUrl = setting('the URL of a queue', (text) => (URL.canParse(text) ? text : undefined));
const extraVerbs = setting(
  'verbs',
  listOf,
  '',
  'allowed verbs besides the documented ones, separated by commas, also in plans',
);
const selectorRequired = flag(true, '`false` allows pushes without a required `Selector`, also in plans');
const gatewayFormat = oneOf(
  gatewayFormats,
  '',
  'form',
  'what the gateway reads; `json` is the newer gateway, at `/send` below the address',
);
const apiKeys: Setting<readonly ApiKey[]> = {
  expected: 'entries of `npm run key`',
  default: '',
  meaning: '[API keys](#api-keys), separated by `;`',
  read(text) {
    const reading = parseApiKeys(text);
    return reading.ok ? { value: reading.keys } : reading;
  },
};

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
const devicesTable = setting('the name of a table', (text) => (/^[\w.-]{3,255}$/.test(text) ? text : undefined));

/** Read by the function `accept`. */
export const acceptSettings = {
  stage,
  pushesQueueUrl: queueUrl,
  devicesTable,
  apiKeys,
  openIntake: flag(false),
  extraVerbs,
  selectorRequired,
  gatewayFormat,
  // Far more than a device can be sent (a few KB at most), and about what SQS bills as one request.
  maxBodyBytes: integer('bytes', 1024, 262_144, 65_536, 'size of the largest push; a batch has up to 1 MiB'),
  retryAfterSeconds: integer(
    'seconds',
    1,
    3600,
    5,
    '`Retry-After` of a 503, and of a batch that the queue took in part',
  ),
};

/** Long enough that nobody can guess it; of characters that a shell and a template leave alone. */
const secret = /^[\w.~+/=-]{20,256}$/;

/** Read by the function `devices`. */
export const devicesSettings = {
  stage,
  devicesTable,
  reportSecret: setting(
    'one or two secrets of 20 to 256 letters, digits and . ~ + / = _ -, separated by a comma',
    (text) => {
      const secrets = listOf(text);
      return secrets.length <= 2 && secrets.every((one) => secret.test(one)) ? secrets : undefined;
    },
    '',
    '[secret](registry.md#who-may-report) that signs the addresses of reports; two are valid while it is changed',
  ),
  openReports: flag(false),
  devicesPerAccount: integer(
    'devices',
    1,
    100,
    20,
    'devices of one account; beyond that, the one not heard of for longest is displaced',
  ),
  deviceDays: integer('days', 2, 3650, 180, 'how long a device stays registered without a report'),
};

/** Read by the function `deliver`. */
export const deliverSettings = {
  stage,
  // Without a default: a function that lacks the variable must not post to the real gateway.
  gatewayUrl: setting('an http or https address', httpUrl, undefined, 'address that pushes are posted to', 'PNM2_URL'),
  gatewayFormat,
  pushesQueueUrl: queueUrl,
  sweepsQueueUrl: queueUrl,
  undeliverableQueueUrl: queueUrl,
  outcomeCountsQueueUrl: queueUrl,
  outcomesTopicArn: setting('the ARN of a topic', (text) => (text.startsWith('arn:') ? text : undefined)),
  publishDelivered: flag(false, '`true` also publishes a receipt for each delivered push'),
  // A function has 1,024 file descriptors, and needs some for itself:
  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  concurrency: integer('attempts', 1, 900, 500, 'concurrent attempts in one instance of `deliver`'),
  connectTimeoutMs: integer('milliseconds', 10, 20_000, 3000, 'time limit of an attempt to connect'),
  // An attempt and the work after it must end within the 30 s of the function.
  attemptTimeoutMs: integer(
    'milliseconds',
    10,
    20_000,
    5000,
    'usual time limit of an attempt in all, at least `connectTimeoutMs`',
  ),
  backoffBaseSeconds: integer(
    'seconds',
    1,
    900,
    2,
    'first delay; grows by half with each attempt, and jitter adds up to 100 %',
  ),
  backoffCapSeconds: integer('seconds', 1, 10_800, 900, 'longest delay, at least `backoffBaseSeconds`'),
  // The queue keeps a message for four days, and the last attempt must come before.
  lifetimeSeconds: integer('seconds', 1, 259_200, 86_400, 'how long a push is retried'),
  // Well below the 1,000 of the queues, at which SQS would move a message itself, without a reason.
  maxReceiveCount: integer('receives', 2, 900, 900, 'receives after which a push of any age becomes a dead letter'),
  outageFailures: integer('attempts', 2, 10_000, 20, 'failures in a row after which the gateway counts as down'),
  suspectFinalAnswers: integer('devices', 2, 10_000, 10, 'devices refused in a row that make the address suspect'),
};

/** The values of `tickMinutes`. */
export const tickMinutes = [1, 2, 3, 4, 5, 6, 10, 12, 15];
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const whyTheseMinutes = ': a divisor of an hour, and no more than SQS can delay a push';
const bucketName = (text: string) => (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text) ? text : undefined);

/** Read by the function `sweep`. */
export const sweepSettings = {
  stage,
  sweepsQueueUrl: queueUrl,
  outcomeCountsQueueUrl: queueUrl,
  sweepsBucket: setting('the name of a bucket', bucketName),
  devicesTable,
  tickMinutes: oneOf(tickMinutes, whyTheseMinutes, 15, 'minutes between two ticks'),
  sweepSpeed: number('a whole number', 1, 3600, 1, 'factor by which sweeps run faster; 1440 turns a day into a minute'),
  extraVerbs,
  selectorRequired,
  gatewayFormat,
};

/**
 * Of the event source mappings that invoke `deliver`. A push stays hidden for six timeouts of `deliver` (180 s) and the
 * window, 240 s in all: see infra/queues.yml and https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export const mappingSettings = {
  deliverInstances: integer('instances', 2, 1000, 10, 'concurrent instances of `deliver` for the queue `pushes`'),
  batchRecords: integer(
    'pushes',
    1,
    10_000,
    10,
    'largest batch of `pushes`; above 10 it needs a window of 1 second or more',
  ),
  batchWindowSeconds: integer(
    'seconds',
    0,
    60,
    0,
    'how long Lambda gathers a batch of `pushes`; from 1, up to 20 if few come',
  ),
  sweepInstances: integer('instances', 2, 1000, 5, 'concurrent instances of `deliver` for the queue `sweeps`'),
  sweepBatchRecords: integer(
    'pushes',
    1,
    10_000,
    10,
    'largest batch of `sweeps`; above 10 it needs a window of 1 second or more',
  ),
  sweepBatchWindowSeconds: integer('seconds', 0, 60, 0, 'the same, for a batch of the queue `sweeps`'),
};

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const address = (text: string) => (text === '' || text.includes('@') ? text : undefined);

/* @__NO_SIDE_EFFECTS__ */
function filter(subscriber: string): Setting<FilterPolicy> {
  return {
    expected: 'conditions, such as `reason=unregistered;client=crm`',
    default: '',
    meaning: `what \`${subscriber}\` receives: [filters](outcomes.md#filters)`,
    read: parseFilter,
  };
}

/** A text that may be empty, or must have this form. */
/* @__NO_SIDE_EFFECTS__ */
function optional(expected: string, form: RegExp, meaning: string): Setting<string> {
  return setting(expected, (text) => (text === '' || form.test(text) ? text : undefined), '', meaning);
}

const httpsAddress = (text: string) => (text === '' || httpUrl(text)?.protocol === 'https:' ? text : undefined);
// SNS does not subscribe a FIFO queue to a standard topic.
const standardQueue = /^arn:[\w-]+:sqs:[\w-]+:\d{12}:[\w-]{1,80}$/;
const keyOfKms = /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/;

/** Of the topic `outcomes` of the deployed stack: its subscribers and its encryption. */
export const outcomesSettings = {
  outcomesEmail: setting('an e-mail address', address, '', 'receiver of an e-mail for each event'),
  outcomesEmailFilter: filter('outcomesEmail'),
  outcomesUrl: setting('an https address', httpsAddress, '', 'address that each event is posted to'),
  outcomesUrlFilter: filter('outcomesUrl'),
  outcomesQueueArn: optional(
    'the ARN of a standard SQS queue',
    standardQueue,
    '[queue](#subscribe-a-queue) that receives each event',
  ),
  outcomesQueueFilter: filter('outcomesQueueArn'),
  outcomesTopicKeyArn: optional(
    'the ARN of a KMS key',
    keyOfKms,
    'your own [KMS key](#encrypt-the-topic) for the topic (1 $ a month)',
  ),
};

/** Of the deployed stack alone: the API, logs, alarms and dashboards. */
export const stackSettings = {
  throttleRate: integer('requests a second', 0, 1_000_000, 1000, 'requests that the API accepts per second'),
  throttleBurst: integer('requests', 0, 1_000_000, 2000, 'requests that the API accepts at once'),
  logRetentionDays: oneOf(retentionDays, ' days', 30, 'how long logs are kept'),
  accessLog: flag(false, '`true` logs each request of the API, without its contents (0.18 $ per million)'),
  alarms: flag(false, '`true` switches the alarms on (3.10 $ a month)'),
  alarmEmail: setting('an e-mail address', address, '', 'receiver of the alarms; it switches them on, too'),
  alarmTopicKeyArn: setting('the ARN of a KMS key', (text) => text, '', 'your own KMS key for the topic of the alarms'),
  alarmDeadLetters: integer(
    'dead letters',
    0,
    1_000_000,
    0,
    'more dead letters in five minutes raise an alarm, except for `unregistered`',
  ),
  alarmUnregisteredPercent: number(
    'a whole number',
    0,
    100,
    0,
    'more unregistered devices, in per cent of the pushes that end, raise an alarm; 0 leaves it out',
  ),
  alarmOldestPushSeconds: integer('seconds', 1, 345_600, 300, 'a longer wait for an attempt raises an alarm'),
  alarmGatewayFailuresPercent: number('a whole number', 0, 100, 50, 'more failed attempts, in %, raise an alarm'),
  alarmGatewayAttempts: integer(
    'attempts',
    1,
    1_000_000,
    40,
    'fewer attempts in five minutes do not raise an alarm that has a percentage',
  ),
  alarmRefusedReports: integer(
    'reports',
    0,
    1_000_000,
    100,
    'more reports of apps that are not taken, in five minutes, raise an alarm',
  ),
  deviceRecovery: flag(false, '`true` can restore the registry to any second of 35 days (0.20 $ per GB and month)'),
  dashboard: flag(true, '`false` leaves out the three dashboards; three are free in an account'),
};

/* @__NO_SIDE_EFFECTS__ */
const port = (fallback: number, of: string) => number('a port number', 0, 65_535, fallback, `port of ${of}`);

/**
 * The minutes between two ticks of the local stack, unless they are set: it ticks at least once a minute, so that a sweep
 * begins soon, and not faster than sweeps run.
 */
export function localTickMinutes(sweepSpeed: number): number {
  return Math.max(...tickMinutes.filter((minutes) => minutes <= sweepSpeed));
}

/** Of the local stack alone. A port of 0 is any free port. */
export const localSettings = {
  port: port(4000, 'the intake'),
  sandboxPort: port(4001, "the sandbox's page and its API"),
  gatewayPort: port(4002, "the sandbox's gateway"),
  awsPort: port(4566, 'SQS, SNS and S3'),
  sandboxPushes: integer('pushes', 1, 100_000, 5000, 'how many of the newest pushes the sandbox keeps'),
  dataDir: setting(
    'the path of a directory',
    (text) => text,
    '',
    'where queues, bucket and registry are kept between runs',
  ),
  outcomesUrl: setting(
    'an http or https address',
    (text) => (text === '' ? '' : httpUrl(text)?.href),
    '',
    'address that each [event](outcomes.md#on-your-machine) is posted to',
  ),
  outcomesFilter: filter('OUTCOMES_URL'),
};

/** The second of each must not be above the first: one of the two would have no effect. */
const deliveryOrder = [
  ['backoffCapSeconds', 'backoffBaseSeconds'],
  ['attemptTimeoutMs', 'connectTimeoutMs'],
] as const;

/** The faults of settings of `deliver` that contradict each other. */
export function faultsOfDelivery(
  values: Readonly<Record<string, unknown>>,
  nameOf: (name: (typeof deliveryOrder)[number][number]) => string,
): string[] {
  return deliveryOrder
    .filter(([upper, lower]) => Number(values[upper]) < Number(values[lower]))
    .map(([upper, lower]) => `${nameOf(upper)}: must be at least ${nameOf(lower)}, which is ${String(values[lower])}`);
}

const batches = [
  { records: 'batchRecords', window: 'batchWindowSeconds' },
  { records: 'sweepBatchRecords', window: 'sweepBatchWindowSeconds' },
] as const;

/** A batch above 10 needs a batching window: AWS refuses the event source mapping otherwise. */
export function faultsOfBatches(
  values: Readonly<Record<string, unknown>>,
  nameOf: (name: keyof typeof mappingSettings) => string,
): string[] {
  return batches
    .filter(({ records, window }) => Number(values[records]) > 10 && Number(values[window]) === 0)
    .map(({ records, window }) => `${nameOf(records)} above 10 needs ${nameOf(window)} of at least 1`);
}

const filtered = [
  ['outcomesEmailFilter', 'outcomesEmail'],
  ['outcomesUrlFilter', 'outcomesUrl'],
  ['outcomesQueueFilter', 'outcomesQueueArn'],
] as const;

/** A filter needs its subscriber: without one it has no effect. */
export function faultsOfSubscribers(values: Readonly<Record<string, unknown>>): string[] {
  return filtered
    .filter(([filter, subscriber]) => (values[filter] ?? '') !== '' && (values[subscriber] ?? '') === '')
    .map(([filter, subscriber]) => `${filter} needs ${subscriber}`);
}
