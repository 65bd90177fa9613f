import { SubscribeCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import type { FauxqsServer } from 'fauxqs';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import type { FilterPolicy } from '../../shared/outcomes/filter.ts';
import { startEventSourceMapping } from '../event-source-mapping.ts';
import { listen } from '../listen.ts';
import { postMessage, shownAddress } from './post.ts';
import { unsubscribeQueue } from './queue-subscription.ts';
import { createSigner, type UnsignedMessage } from './signature.ts';

export interface HttpSubscriptionOptions {
  /** The address of the subscriber, with a name and a password if it wants HTTP Basic. */
  readonly endpoint: URL;
  readonly filter: FilterPolicy;
  readonly topicArn: string;
  readonly aws: FauxqsServer;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  /** Between two attempts. SNS waits 20 seconds. */
  readonly retryMs: number;
  readonly print: (line: string) => void;
}

/** SNS repeats a message three times: https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.retry.html */
const attempts = 4;
const certificatePath = '/SimpleNotificationService.pem';
const xmlNamespace = 'xmlns="http://sns.amazonaws.com/doc/2010-03-31/"';

/** What fauxqs puts on a queue, as far as it is passed on. */
const notification = v.object({
  MessageId: v.string(),
  TopicArn: v.string(),
  Message: v.string(),
  Timestamp: v.string(),
  MessageAttributes: v.optional(v.record(v.string(), v.object({ Type: v.string(), Value: v.string() }))),
});

/**
 * Stands in for SNS with a subscriber over HTTP, because fauxqs knows only queues: asks it to confirm, and then posts each
 * event to it that passes the filter, by way of a queue of its own. It asks until the subscriber takes the request, so the
 * subscriber can be started after the local stack. SNS itself asks four times.
 * @returns a function that ends it.
 */
export async function startHttpSubscription(options: HttpSubscriptionOptions): Promise<() => Promise<void>> {
  const { endpoint, filter, topicArn, aws, sns, sqs, retryMs } = options;
  const { certificate, signatureOf } = createSigner(new Date());
  const stopping = new AbortController();
  const token = randomUUID();
  let subscribing: Promise<{ readonly arn: string; readonly stop: () => void }> | undefined;

  const print = (words: string) => {
    options.print(`subscriber     ${words}`);
  };
  const post = async (message: UnsignedMessage, headers: Readonly<Record<string, string>>, unsigned: object) => {
    const signature = {
      SignatureVersion: '2',
      Signature: await signatureOf(message),
      SigningCertURL: `${ownUrl}${certificatePath}`,
    };
    const common = {
      'x-amz-sns-message-type': message.Type,
      'x-amz-sns-message-id': message.MessageId,
      'x-amz-sns-topic-arn': topicArn,
    };
    return postMessage(endpoint, { ...common, ...headers }, { ...message, ...signature, ...unsigned }, stopping.signal);
  };

  const askToConfirm = async () => {
    const message = {
      ...{ Type: 'SubscriptionConfirmation', MessageId: randomUUID(), Token: token, TopicArn: topicArn },
      Message: `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
      SubscribeURL: `${ownUrl}/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=${token}`,
      Timestamp: new Date().toISOString(),
    };
    let printed: string | undefined;
    for (;;) {
      const fault = await post(message, {}, {});
      if (fault === undefined && subscribing === undefined) print(`waiting for a GET of ${message.SubscribeURL}`);
      if (fault === undefined || stopping.signal.aborted) return;
      if (fault.why !== printed) print(`${shownAddress(endpoint)} does not take the confirmation yet: ${fault.why}`);
      printed = fault.why;
      await delay(retryMs, undefined, { ref: false });
    }
  };

  const handOver = async ({ MessageAttributes, ...told }: v.InferOutput<typeof notification>, arn: string) => {
    const UnsubscribeURL = `${ownUrl}/?Action=Unsubscribe&SubscriptionArn=${arn}`;
    const unsigned = { UnsubscribeURL, ...(MessageAttributes && { MessageAttributes }) };
    for (let attempt = 1; ; attempt += 1) {
      const headers = { 'x-amz-sns-subscription-arn': arn };
      const fault = await post({ Type: 'Notification', ...told }, headers, unsigned);
      if (fault === undefined || stopping.signal.aborted) return;
      if (fault.isFinal || attempt === attempts) {
        // The message itself has a device token.
        print(`event ${told.MessageId} not taken in attempt ${String(attempt)}, the last one: ${fault.why}`);
        return;
      }
      await delay(retryMs, undefined, { ref: false });
    }
  };

  const subscribe = async () => {
    const queueName = queueNameOf(topicArn);
    // Longer than all attempts to hand over a message.
    const { queueArn } = aws.createQueue(queueName, { attributes: { VisibilityTimeout: '300' } });
    const { SubscriptionArn: arn = '' } = await sns.send(
      new SubscribeCommand({
        ...{ TopicArn: topicArn, Protocol: 'sqs', Endpoint: queueArn, ReturnSubscriptionArn: true },
        Attributes: { FilterPolicy: JSON.stringify(filter) },
      }),
    );
    const stop = startEventSourceMapping({
      ...{ sqs, batchSize: 10, maximumBatchingWindow: 0, maximumConcurrency: 5 },
      queue: { queueName, arn: queueArn, url: `http://127.0.0.1:${String(aws.port)}/000000000000/${queueName}` },
      invoke: ({ Records }: SQSEvent) =>
        Promise.all(Records.map(({ body }) => handOver(v.parse(notification, JSON.parse(body)), arn))),
      onError: ({ message }) => {
        print(message);
      },
    });
    print(`${shownAddress(endpoint)} has confirmed the subscription`);
    return { arn, stop };
  };

  const answer = async (url: URL): Promise<readonly [status: number, contentType: string, body: string]> => {
    const { pathname, searchParams } = url;
    const action = searchParams.get('Action');
    if (pathname === certificatePath) return [200, 'application/x-pem-file', certificate];
    if (action === 'ConfirmSubscription' && searchParams.get('Token') === token) {
      const { arn } = await (subscribing ??= subscribe().catch((error: unknown) => {
        subscribing = undefined;
        throw error;
      }));
      const result = `<ConfirmSubscriptionResult><SubscriptionArn>${arn}</SubscriptionArn></ConfirmSubscriptionResult>`;
      return [
        200,
        'text/xml',
        `<ConfirmSubscriptionResponse ${xmlNamespace}>${result}</ConfirmSubscriptionResponse>\n`,
      ];
    }
    const subscription = await subscribing;
    if (action === 'Unsubscribe' && subscription !== undefined) {
      subscription.stop();
      subscribing = undefined;
      await removeHttpSubscription(options);
      print(`${shownAddress(endpoint)} has ended the subscription`);
      return [200, 'text/xml', `<UnsubscribeResponse ${xmlNamespace}/>\n`];
    }
    return [404, 'text/plain', 'Use an address from a message as it is.\n'];
  };
  const server = createServer((request, response) => {
    answer(new URL(`http://127.0.0.1${request.url ?? '/'}`)).then(
      ([status, contentType, body]) => response.writeHead(status, { 'content-type': contentType }).end(body),
      () => response.destroy(),
    );
  });
  const { port, stop } = await listen(server, 0);
  const ownUrl = `http://127.0.0.1:${String(port)}`;
  void askToConfirm();

  return async () => {
    stopping.abort();
    (await subscribing)?.stop();
    await stop();
  };
}

function queueNameOf(topicArn: string): string {
  return `${topicArn.slice(topicArn.lastIndexOf(':') + 1)}-subscriber`;
}

/** Removes the subscription and its queue, also those that an earlier run has left in `DATA_DIR`. */
export async function removeHttpSubscription({
  topicArn,
  aws,
  sns,
}: Pick<HttpSubscriptionOptions, 'topicArn' | 'aws' | 'sns'>): Promise<void> {
  const queueName = queueNameOf(topicArn);
  await unsubscribeQueue(sns, topicArn, queueName);
  aws.deleteQueue(queueName);
}
