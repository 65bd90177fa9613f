import type { FauxqsServer } from 'fauxqs';
import * as v from 'valibot';
import { printable } from '../shared/table.ts';
import { messagesIn } from './embedded-aws.ts';
import { mostCounted } from './embedded-dynamodb.ts';
import { documentExamples } from './examples.ts';
import type { ShownBehaviour, ShownPush } from './sandbox/api.ts';
import type { Change } from './sandbox/pushes.ts';
import type { QueueNames } from './sandbox/watch.ts';
import { shownAddress } from './sns/post.ts';

type AddressName = 'pushUrl' | 'reportUrl' | 'sandboxUrl' | 'awsUrl' | 'dynamoDbUrl' | 'gatewayUrl';

interface Addresses extends Readonly<Record<AddressName, string>> {
  readonly bucket: string;
  readonly topicArns: readonly string[];
  readonly tables: readonly string[];
  readonly subscriberUrl: URL | undefined;
  /** The number of API keys. With none, the intake accepts pushes from everybody. */
  readonly keys: number;
  /** Whether a report must be signed. */
  readonly isSigned: boolean;
  readonly dataDir: string | undefined;
}

/** What is printed when the local stack is ready: its addresses, the two examples of the gateway's document, and a batch. */
export function readyMessage(addresses: Addresses): string {
  const { pushUrl, reportUrl, sandboxUrl, awsUrl, dynamoDbUrl, gatewayUrl, subscriberUrl } = addresses;
  const { bucket, topicArns, tables, keys, isSigned, dataDir } = addresses;
  const access = keys === 0 ? 'open: API_KEYS is not set' : `${String(keys)} ${keys === 1 ? 'key' : 'keys'}`;
  return `
pnm2-relay on this machine

  page      ${sandboxUrl}/ shows every push: open it in a browser
  intake    ${pushUrl} (${access})
  devices   ${reportUrl} (${isSigned ? 'signed with REPORT_SECRET' : 'open: REPORT_SECRET is not set'})
  gateway   ${gatewayUrl}
  SQS       ${awsUrl}
  S3        ${awsUrl} (bucket ${bucket})
  SNS       ${awsUrl} (topic ${topicArns.join(', ')})
  DynamoDB  ${dynamoDbUrl} (table ${tables.join(', ')})
  outcomes  ${subscriberUrl === undefined ? 'told to nobody: OUTCOMES_URL is not set' : `told to ${shownAddress(subscriberUrl)}`}
  data      ${dataDir ?? 'in memory: DATA_DIR is not set'}

The two examples of the gateway's document, and a batch as JSON${keys === 0 ? '' : '; add --header "X-Api-Key: KEY" to each'}:

${documentExamples.map((body) => `wget ${pushUrl} --post-data="${body}" -O -`).join('\n\n')}

wget ${pushUrl}/send --header "Content-Type: application/json" --post-data='[{"verb":"NotifyGenericTextMessage","Message":"Hello","AppId":"com.cloudsoftphone.app","DeviceToken":"one"},{"verb":"NotifyGenericTextMessage","Message":"Hello","AppId":"com.cloudsoftphone.app","DeviceToken":"two"}]' -O -

ready: a line appears here for each push and each report; Ctrl-C stops everything`;
}

/**
 * What is printed when the local stack has stopped: how many pushes and registered devices it leaves. Undefined: none.
 * @param devices from `mostCounted` on, there may be more.
 */
export function leftMessage(
  aws: FauxqsServer,
  queues: QueueNames,
  devices: number,
  dataDir: string | undefined,
): string | undefined {
  const count = (queueName: string) => messagesIn(aws, queueName).length;
  const counts = [
    [count(queues.pushes) + count(queues.sweeps), 'push', 'pushes'],
    [count(queues.undeliverable), 'dead letter', 'dead letters'],
    [devices, 'device', devices < mostCounted ? 'devices' : 'devices or more'],
  ] as const;
  const words = counts.flatMap(([number, one, many]) =>
    number === 0 ? [] : [`${String(number)} ${number === 1 ? one : many}`],
  );
  if (words.length === 0) return undefined;
  const all = new Intl.ListFormat('en-GB').format(words);
  return dataDir === undefined
    ? `Dropped: ${all}. To keep them, start with DATA_DIR=PATH npm start.`
    : `Kept in ${dataDir}: ${all}.`;
}

/** The line that is printed when the sandbox begins to drop pushes. */
export function droppingLine(kept: number): string {
  return `sandbox        shows the newest ${String(kept)} pushes and now drops older ones: SANDBOX_PUSHES=NUMBER npm start keeps more`;
}

/**
 * The line of a change in the life of a push; `undefined` if it has none. A push of a sweep has a line only when it is
 * given up, because a sweep has thousands.
 */
export function pushLine(push: ShownPush, change: Change): string | undefined {
  const { id, source, reason, words } = push;
  if (change === 'given-up' && source !== 'gateway') {
    const status = push.attempts.at(-1)?.status ?? undefined;
    const why = [reason, status, words].filter((part) => part !== undefined).join(' ');
    return `undeliverable  ${id}  ${printable(why)}  ${describe(push)}`;
  }
  if (source !== 'pushes') return undefined;
  if (change === 'accepted' || change === 'redriven') return `${change.padEnd(13)}  ${id}  ${describe(push)}`;
  return change === 'delivered' ? `delivered      ${id}` : undefined;
}

function describe({ fault, parameters, device }: ShownPush): string {
  if (fault !== undefined) return `malformed: ${fault}`;
  const values = new Map(parameters);
  return printable(`${values.get('verb') ?? ''} ${values.get('AppId') ?? ''} device ${device}`);
}

/** The line that says how the sandbox's gateway behaves from now on. */
export function behaviourLine({ words, awayUntil, fault }: ShownBehaviour): string {
  const until = awayUntil === undefined ? '' : ` until ${new Date(awayUntil).toTimeString().slice(0, 8)}`;
  return `gateway        ${words}${until}${fault === undefined ? '' : `: ${fault}`}`;
}

/** What the local stack calls the lines of level `info` that it shows. */
const shownMessages: ReadonlyMap<string, string> = new Map([
  ['slice', 'sweep slice'],
  ['run', 'sweep run'],
  ['device pruned', 'device pruned'],
  ['device kept', 'device kept'],
  ['report', 'report'],
  ['removal', 'removal'],
]);

const logLine = v.looseObject({ level: v.picklist(['info', 'warn', 'error']), message: v.string() });

/**
 * A line that a function has logged, in words and without its metrics; `undefined` if the local stack does not show it.
 * It shows warnings, errors, what a sweep has done, and which devices came and left: no other line has that.
 */
export function readableLogLine(line: string): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return line;
  }
  const read = v.safeParse(logLine, json);
  if (!read.success) return undefined;
  const { level, message, ...fields } = read.output;
  const subject = level === 'info' ? shownMessages.get(message)?.padEnd(15) : `${level.padEnd(15)}${message}`;
  if (subject === undefined) return undefined;
  return `${subject}  ${wordsOf(fields)}`.trimEnd();
}

/** The fields of a line. Names of metrics begin with a capital, or with an underscore. */
function wordsOf(fields: object): string {
  const shown: [string, unknown][] = Object.entries(fields).filter(([name]) => /^[a-z]/.test(name));
  const words = shown.filter(([, value]) => !isListOfObjects(value)).map(([name, value]) => `${name} ${wordOf(value)}`);
  // What is told of several pushes has a line for each, below the message.
  const lines = shown.flatMap(([, value]) => (isListOfObjects(value) ? value.map(wordsOf) : []));
  return [words.join('  '), ...lines].join(`\n${' '.repeat(25)}`);
}

function wordOf(value: unknown): string {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map(wordOf).join(', ');
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${name} ${wordOf(member)}`);
  return `(${members.join(', ')})`;
}

function isListOfObjects(value: unknown): value is readonly object[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'object' && one !== null);
}
