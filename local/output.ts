import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { FauxqsServer } from 'fauxqs';
import * as v from 'valibot';
import { deviceHash } from '../shared/push/redaction.ts';
import { parseQueuedPush } from '../shared/push/queued-push.ts';
import { printable } from '../shared/table.ts';
import { messagesIn } from './embedded-aws.ts';
import { mostCounted } from './embedded-dynamodb.ts';
import { settledOf } from './event-source-mapping.ts';
import { shownAddress } from './sns/post.ts';

type AddressName = 'pushUrl' | 'reportUrl' | 'sandboxUrl' | 'awsUrl' | 'dynamoDbUrl' | 'gatewayUrl';

interface Addresses extends Readonly<Record<AddressName, string>> {
  readonly buckets: readonly string[];
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
  const { buckets, topicArns, tables, keys, isSigned, dataDir } = addresses;
  const access = keys === 0 ? 'open: API_KEYS is not set' : `${String(keys)} ${keys === 1 ? 'key' : 'keys'}`;
  return `
pnm2-relay on this machine

  intake    ${pushUrl} (${access})
  devices   ${reportUrl} (${isSigned ? 'signed with REPORT_SECRET' : 'open: REPORT_SECRET is not set'})
  gateway   ${gatewayUrl}
  sandbox   ${sandboxUrl}/pnm2 (GET ${sandboxUrl}/pushes shows what it received)
  SQS       ${awsUrl}
  S3        ${awsUrl} (bucket ${buckets.join(', ')})
  SNS       ${awsUrl} (topic ${topicArns.join(', ')})
  DynamoDB  ${dynamoDbUrl} (table ${tables.join(', ')})
  outcomes  ${subscriberUrl === undefined ? 'told to nobody: OUTCOMES_URL is not set' : `told to ${shownAddress(subscriberUrl)}`}
  data      ${dataDir ?? 'in memory: DATA_DIR is not set'}

The two examples of the gateway's document, and a batch as JSON${keys === 0 ? '' : '; add --header "X-Api-Key: KEY" to each'}:

wget ${pushUrl} --post-data="verb=NotifyGenericTextMessage&Message=Hello%20World&DeviceToken=QVBBOTFiSEQ0KX05PclRXZXlRdTVaNUJXT3BZVmpBMmxR&AppId=cz.acrobits.softphone.cloudphone" -O -

wget ${pushUrl} --post-data="verb=NotifyTextMessage&DeviceToken=LA7U4xm7MqZCVqFPhf4Dz2sILOJ9iVGh0eeTBOyKDRs=&Selector=C203056764290202B7DA6F61B98671616469AEDB:1DA7349B&AppId=com.cloudsoftphone.app" -O -

wget ${pushUrl}/send --header "Content-Type: application/json" --post-data='[{"verb":"NotifyGenericTextMessage","Message":"Hello","AppId":"com.cloudsoftphone.app","DeviceToken":"one"},{"verb":"NotifyGenericTextMessage","Message":"Hello","AppId":"com.cloudsoftphone.app","DeviceToken":"two"}]' -O -

ready: a line appears here for each push and each report; Ctrl-C stops everything`;
}

type QueueNames = Readonly<Record<'pushes' | 'sweeps' | 'undeliverable', string>>;

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

/**
 * Prints a line when a push is accepted, delivered or given up: around each batch of `deliver`, because fauxqs does not
 * show what happens in queues that it has kept from an earlier run (2.4.1). A push of a sweep has a line only when it is
 * given up, because a sweep has thousands.
 */
export async function printingPushes(
  { Records: records }: SQSEvent,
  { pushes, undeliverable }: QueueNames,
  aws: FauxqsServer,
  print: (line: string) => void,
  invoke: () => Promise<unknown>,
): Promise<unknown> {
  const idOf = ({ messageId, messageAttributes }: SQSRecord) => messageAttributes['pushId']?.stringValue ?? messageId;
  const isPushed = ({ eventSourceARN }: SQSRecord) => eventSourceARN.endsWith(`:${pushes}`);
  for (const record of records.filter(isPushed)) {
    const { messageId, attributes, body } = record;
    const [id, isFirst] = [idOf(record), attributes.ApproximateReceiveCount === '1'];
    if (isFirst) print(`${id === messageId ? 'accepted ' : 'redriven '}      ${id}  ${describe(body)}`);
  }
  const invokedAt = Date.now();
  const answer = await invoke();
  const settled = settledOf(records, ({ messageId }) => messageId, answer);
  // Each batch of an outage settles nothing, and there may be many dead letters.
  if (settled.length === 0) return answer;
  // Not those of before: a redriven push has a dead letter until the redrive deletes it.
  const fresh = messagesIn(aws, undeliverable).filter(({ sentTimestamp }) => sentTimestamp >= invokedAt);
  const attributesOf = new Map(
    fresh.map((each) => [each.messageAttributes['pushId']?.StringValue, each.messageAttributes]),
  );
  for (const record of settled) {
    const id = idOf(record);
    const attributes = attributesOf.get(id);
    if (attributes !== undefined) {
      const why = ['reason', 'status', 'words'].flatMap((name) => attributes[name]?.StringValue ?? []).join(' ');
      print(`undeliverable  ${id}  ${printable(why)}  ${describe(record.body)}`);
    } else if (isPushed(record)) print(`delivered      ${id}`);
  }
  return answer;
}

function describe(body: string): string {
  const reading = parseQueuedPush(body);
  if (!reading.ok) return `malformed: ${reading.why}`;
  const { verb, appId, deviceToken } = reading.queued.push;
  return printable(`${verb} ${appId} device ${deviceHash(appId, deviceToken)}`);
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
