import { randomBytes } from 'node:crypto';
import type { APIGatewayProxyEventV2, SQSEvent } from 'aws-lambda';
import { encodeForm, type Parameter } from '../shared/push/form.ts';
import { pushOf } from '../shared/push/push.ts';
import { encodeQueuedPush } from '../shared/push/queued-push.ts';

/** The parameters of a push as an ordinary client sends it, to a device of its own each. */
function randomParameters(): Parameter[] {
  return [
    ['verb', 'NotifyTextMessage'],
    ['AppId', 'cz.acrobits.softphone.cloudphone'],
    ['DeviceToken', randomBytes(32).toString('base64')],
    ['Selector', `${randomBytes(20).toString('hex').toUpperCase()}:1DA7349B`],
  ];
}

/** The form of such a push. */
export function randomForm(): string {
  return encodeForm(randomParameters());
}

/** A batch of such pushes: as an event, and as the forms that go to the gateway. */
export function queuedPushes(records: number, now: number): { event: SQSEvent; forms: string[] } {
  const parameters = Array.from({ length: records }, randomParameters);
  const bodies = parameters.map((ofOne) => {
    const push = pushOf(ofOne);
    if (push === undefined) throw new Error('a parameter is missing');
    return encodeQueuedPush({ push, acceptedAt: new Date(now) });
  });
  return { event: sqsEventOf(bodies, now), forms: parameters.map(encodeForm) };
}

/** What API Gateway makes of a client's POST. */
export function pushEvent(form: string, key: string): APIGatewayProxyEventV2 {
  return {
    version: '2.0',
    routeKey: 'ANY /pnm2',
    rawPath: '/pnm2',
    rawQueryString: '',
    headers: {
      accept: '*/*',
      'content-length': String(form.length),
      'content-type': 'application/x-www-form-urlencoded',
      host: 'abcdefghij.execute-api.us-east-1.amazonaws.com',
      'user-agent': 'Wget/1.21.3',
      'x-amzn-trace-id': 'Root=1-65f0c0de-0123456789abcdef01234567',
      'x-api-key': key,
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    },
    requestContext: {
      accountId: '123456789012',
      apiId: 'abcdefghij',
      domainName: 'abcdefghij.execute-api.us-east-1.amazonaws.com',
      domainPrefix: 'abcdefghij',
      http: { method: 'POST', path: '/pnm2', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'Wget/1.21.3' },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: 'ANY /pnm2',
      stage: '$default',
      time: '24/Nov/2026:14:58:20 +0000',
      timeEpoch: 1_795_532_300_000,
    },
    body: Buffer.from(form).toString('base64'),
    isBase64Encoded: true,
  };
}

/** What the event source mapping makes of queued pushes. @param bodies the bodies of their messages. */
function sqsEventOf(bodies: readonly string[], now: number): SQSEvent {
  return {
    Records: bodies.map((body, index) => ({
      messageId: `059f36b4-87a3-44ab-83d2-${String(index).padStart(12, '0')}`,
      receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a'.repeat(8),
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: String(now),
        SenderId: 'AIDAIENQZJOLO23YVJ4VO',
        ApproximateFirstReceiveTimestamp: String(now),
      },
      messageAttributes: {},
      md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:pushes',
      awsRegion: 'us-east-1',
    })),
  };
}
