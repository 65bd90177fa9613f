import { hash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2, SQSEvent } from 'aws-lambda';
import { encodeOutcomeEvent } from '../shared/outcomes/outcome-event.ts';
import { deadLetterAttributes } from '../shared/push/dead-letter.ts';
import { encodeForm, type Parameter } from '../shared/push/form.ts';
import { pushOf } from '../shared/push/push.ts';
import { encodeQueuedPush } from '../shared/push/queued-push.ts';
import { signatureOf } from '../shared/registry/signature.ts';

const recorded = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../events/${name}.json`, import.meta.url), 'utf8'));
const recordedPush = recorded('accept-form-base64') as APIGatewayProxyEventV2;
const recordedBatch = recorded('accept-json-batch') as APIGatewayProxyEventV2;
const [recordedRecord] = (recorded('deliver-batch-with-bad-record') as SQSEvent).Records;

/** The API key that the bench sends. As long as a real one, because each request hashes it. */
export const benchKey = 'no-secret-but-as-long-as-a-key-of-a-client-';

/** The parameters of a push as an ordinary client sends it, each to its own device. */
function randomParameters(): Parameter[] {
  return [
    ['verb', 'NotifyTextMessage'],
    ['AppId', 'cz.acrobits.softphone.cloudphone'],
    ['DeviceToken', randomBytes(32).toString('base64')],
    ['Selector', `${randomBytes(20).toString('hex').toUpperCase()}:1DA7349B`],
  ];
}

export function randomForm(): string {
  return encodeForm(randomParameters());
}

/** The event that API Gateway makes of a client's POST. */
export function pushEvent(form: string): APIGatewayProxyEventV2 {
  const headers = { ...recordedPush.headers, 'x-api-key': benchKey };
  return { ...recordedPush, headers, body: Buffer.from(form).toString('base64') };
}

/** The event that API Gateway makes of a client's batch in JSON. */
export function batchEvent(pushes: number): APIGatewayProxyEventV2 {
  const headers = { ...recordedBatch.headers, 'x-api-key': benchKey };
  const batch = Array.from({ length: pushes }, () => Object.fromEntries(randomParameters()));
  return { ...recordedBatch, headers, body: JSON.stringify(batch) };
}

/** The secret that signs the reports of the bench. */
export const benchSecret = 'no-secret-but-long-enough-to-sign';

/** The event that API Gateway makes of a report, as an app sends it at its start. The device is that of the account. */
export function reportEvent(account: string): APIGatewayProxyEventV2 {
  const id = hash('sha256', account, 'buffer');
  const values = {
    ...{ account, sig: signatureOf(account, benchSecret), appId: 'cz.acrobits.softphone.cloudphone' },
    token: id.toString('base64'),
    selector: `${id.toString('hex').slice(0, 40).toUpperCase()}:1DA7349B`,
    ...{ platform: 'ios', version: '7.2.1' },
  };
  const { requestContext } = recordedPush;
  return {
    ...recordedPush,
    body: '',
    rawPath: '/devices/report',
    routeKey: 'ANY /devices/report',
    rawQueryString: new URLSearchParams(values).toString(),
    isBase64Encoded: false,
    requestContext: {
      ...requestContext,
      timeEpoch: Date.now(),
      http: { ...requestContext.http, method: 'GET', path: '/devices/report' },
    },
  };
}

export function queuedBody(parameters: readonly Parameter[], now: number): string {
  const push = pushOf(parameters);
  if (push === undefined) throw new Error('a parameter is missing');
  return encodeQueuedPush({ push, acceptedAt: new Date(now), client: 'bench' });
}

/** How many bytes the outcome of a push has on the topic, and how many its dead letter adds to its message. */
export function outcomeBytes(outcome: 'unregistered' | 'delivered', now: number) {
  const parameters = randomParameters();
  const [, appId, deviceToken, selector] = parameters.map(([, value]) => value);
  const at = new Date(now).toISOString();
  const id = '059f36b4-87a3-44ab-83d2-000000000000';
  const words = 'The token is not registered.';
  const isGivenUp = outcome === 'unregistered';
  const common = { status: isGivenUp ? 404 : 200, attempts: 1, acceptedAt: at, queue: 'pushes' };
  const event = encodeOutcomeEvent({
    ...{ version: 1, id, outcome, ...common, endedAt: at, client: 'bench' },
    ...(isGivenUp && { reason: outcome, words }),
    push: { verb: 'NotifyTextMessage', appId: appId ?? '', deviceToken: deviceToken ?? '', selector: selector ?? '' },
  });
  const attributes = deadLetterAttributes({ ...common, reason: 'unregistered', pushId: id, words });
  return {
    event: event.Message.length + attributesBytes(event.MessageAttributes),
    deadLetterAttributes: attributesBytes(attributes),
  };
}

/** As SQS and SNS count them: the name, the type and the value of each. */
function attributesBytes(attributes: Readonly<Record<string, MessageAttributeValue>>): number {
  const texts = Object.entries(attributes).flatMap(([name, { DataType, StringValue }]) => [
    name,
    DataType,
    StringValue,
  ]);
  return texts.join('').length;
}

/** A batch of pushes: as an event, and as the forms that go to the gateway. */
export function queuedPushes(records: number, now: number): { event: SQSEvent; forms: string[] } {
  if (recordedRecord === undefined) throw new Error('the recorded batch is empty');
  const parameters = Array.from({ length: records }, randomParameters);
  const Records = parameters.map((ofOne, index) => ({
    ...recordedRecord,
    messageId: `059f36b4-87a3-44ab-83d2-${String(index).padStart(12, '0')}`,
    eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:pushes',
    body: queuedBody(ofOne, now),
    attributes: { ...recordedRecord.attributes, SentTimestamp: String(now) },
  }));
  return { event: { Records }, forms: parameters.map(encodeForm) };
}

export function contextOf(remainingMs: number) {
  const deadline = Date.now() + remainingMs;
  return {
    functionName: 'function',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:function',
    memoryLimitInMB: '512',
    awsRequestId: 'request',
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}
