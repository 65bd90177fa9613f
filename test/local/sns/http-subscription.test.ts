import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readSnsMessage } from '../../../docs/examples/sns-message.ts';
import { findFreePort } from '../../../local/listen.ts';
import {
  removeHttpSubscription,
  startHttpSubscription,
  type HttpSubscriptionOptions,
} from '../../../local/sns/http-subscription.ts';
import { snsClientOf } from '../../support/deliver.ts';
import { patience } from '../../support/patience.ts';
import { startQueues, type TestQueues } from '../../support/queues.ts';
import { answeringEvents, startSnsSubscriber, type PostedMessage } from '../../support/sns-subscriber.ts';

let queues: TestQueues;
beforeAll(async () => {
  queues = await startQueues();
});
afterAll(() => queues.stop());

const isLocal = ({ hostname }: URL) => hostname === '127.0.0.1';

async function subscribe(url: string, overrides: Partial<HttpSubscriptionOptions> = {}) {
  const lines: string[] = [];
  const { server: aws, sqs, topicArn } = queues;
  const on = { topicArn, aws, sns: snsClientOf(aws.port) };
  const stop = await startHttpSubscription({
    ...{ ...on, endpoint: new URL(url), filter: {}, sqs, retryMs: 1, print: (line) => lines.push(line) },
    ...overrides,
  });
  onTestFinished(async () => {
    await stop();
    await removeHttpSubscription(on);
  });
  const isConfirmed = () => lines.some((line) => line.endsWith('has confirmed the subscription'));
  return { lines, stop, confirmed: () => expect.poll(isConfirmed, patience).toBe(true) };
}

async function subscribed(
  handle?: (posted: PostedMessage) => Promise<number>,
  overrides?: Partial<HttpSubscriptionOptions>,
) {
  const subscriber = await startSnsSubscriber(handle);
  onTestFinished(subscriber.stop);
  const subscription = await subscribe(subscriber.url, overrides);
  await subscription.confirmed();
  return { ...subscriber, ...subscription };
}

function publish(message: object, attributes: Readonly<Record<string, string>> = {}) {
  const messageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  );
  return queues.server.publish('outcomes', JSON.stringify(message), { messageAttributes }).messageId;
}

const notifications = (posted: readonly PostedMessage[]) =>
  posted.filter(({ headers }) => headers['x-amz-sns-message-type'] === 'Notification');

describe('the stand-in for SNS', () => {
  it('asks the subscriber to confirm, and then posts each event as SNS does', async () => {
    const { posted, events } = await subscribed();
    const MessageId = publish({ id: 'one' }, { reason: 'unregistered', client: 'crm' });
    await expect.poll(events, patience).toHaveLength(1);
    const [confirmation, { headers, message } = { headers: {}, message: {} }] = posted;
    expect(confirmation?.headers).toMatchObject({
      'x-amz-sns-message-type': 'SubscriptionConfirmation',
      'x-amz-sns-message-id': confirmation?.message['MessageId'],
      'x-amz-sns-topic-arn': queues.topicArn,
      'content-type': 'text/plain; charset=UTF-8',
    });
    expect(headers).toMatchObject({
      'x-amz-sns-message-type': 'Notification',
      'x-amz-sns-message-id': MessageId,
      'x-amz-sns-topic-arn': queues.topicArn,
      'x-amz-sns-subscription-arn': expect.stringContaining(`${queues.topicArn}:`) as string,
    });
    expect(message).toEqual({
      Type: 'Notification',
      MessageId,
      TopicArn: queues.topicArn,
      Message: '{"id":"one"}',
      Timestamp: expect.any(String) as string,
      SignatureVersion: '2',
      Signature: expect.any(String) as string,
      SigningCertURL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/SimpleNotificationService\.pem$/) as string,
      UnsubscribeURL: expect.stringContaining('?Action=Unsubscribe&SubscriptionArn=') as string,
      MessageAttributes: {
        reason: { Type: 'String', Value: 'unregistered' },
        client: { Type: 'String', Value: 'crm' },
      },
    });
  });

  it('signs each message so that the example of docs/outcomes.md can verify it', async () => {
    const { posted, events } = await subscribed();
    publish({ id: 'Grüße' });
    await expect.poll(events, patience).toHaveLength(1);
    for (const { body, message } of posted) {
      const { Type, MessageId, Message } = message;
      await expect(readSnsMessage(body, queues.topicArn, isLocal)).resolves.toMatchObject({ Type, MessageId, Message });
    }
    const certificate = new X509Certificate(await (await fetch(String(posted[0]?.message['SigningCertURL']))).text());
    expect(certificate.subject).toBe('CN=SNS of the local stack');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });

  it('posts only what passes the filter', async () => {
    const { events } = await subscribed(undefined, {
      filter: { reason: ['unregistered', 'expired'], client: ['crm'] },
    });
    publish({ id: 'no reason' }, { client: 'crm' });
    publish({ id: 'another client' }, { reason: 'expired', client: 'shop' });
    publish({ id: 'passes' }, { reason: 'expired', client: 'crm' });
    await expect.poll(() => events().map(({ event }) => event.id), patience).toEqual(['passes']);
  });

  it.each([503, 429])('posts a message again that was answered with %i, at most three times', async (status) => {
    const { posted, lines } = await subscribed(answeringEvents(status));
    const id = publish({ id: 'one' });
    await expect
      .poll(() => lines.at(-1), patience)
      .toBe(`subscriber     event ${id} not taken in attempt 4, the last one: it answered ${String(status)}`);
    expect(notifications(posted).map(({ message }) => message['MessageId'])).toEqual([id, id, id, id]);
  });

  it('does not post a message again that was answered with another 4xx', async () => {
    const { posted, lines } = await subscribed(answeringEvents(403));
    const id = publish({ id: 'one' });
    await expect
      .poll(() => lines.at(-1), patience)
      .toBe(`subscriber     event ${id} not taken in attempt 1, the last one: it answered 403`);
    expect(notifications(posted)).toHaveLength(1);
  });

  it('waits for a subscriber that starts later', async () => {
    const port = await findFreePort(Math.random);
    const { lines, confirmed } = await subscribe(`http://127.0.0.1:${String(port)}/events?key=secret`);
    await expect.poll(() => lines.length, patience).toBe(1);
    const later = await startSnsSubscriber(undefined, port);
    onTestFinished(later.stop);
    await confirmed();
    expect(lines).toEqual([
      expect.stringMatching(/^subscriber {5}http:\S+\/events does not take the confirmation yet: .*ECONNREFUSED/),
      `subscriber     http://127.0.0.1:${String(port)}/events has confirmed the subscription`,
    ]);
  });

  it('sends the name and the password of the address with HTTP Basic', async () => {
    const { url, posted, stop } = await startSnsSubscriber();
    onTestFinished(stop);
    const { confirmed } = await subscribe(url.replace('//', '//crm:p%40ss@'));
    await confirmed();
    expect(posted[0]?.headers.authorization).toBe(`Basic ${btoa('crm:p@ss')}`);
  });

  it('ends the subscription when the subscriber asks for it', async () => {
    const { posted, events, lines } = await subscribed();
    publish({ id: 'one' });
    await expect.poll(events, patience).toHaveLength(1);
    expect((await fetch(String(posted[1]?.message['UnsubscribeURL']))).status).toBe(200);
    expect(lines.at(-1)).toMatch(/has ended the subscription$/);
    expect(queues.server.inspectQueue('outcomes-subscriber')).toBeUndefined();
  });

  it('takes the place of a subscription that an earlier run has left', async () => {
    const { server: aws, topicArn } = queues;
    const earlier = await startSnsSubscriber();
    onTestFinished(earlier.stop);
    const { confirmed, stop } = await subscribe(earlier.url, { filter: { client: ['shop'] } });
    await confirmed();
    await stop();
    publish({ id: 'for the earlier run' }, { client: 'shop' });
    await removeHttpSubscription({ topicArn, aws, sns: snsClientOf(aws.port) });
    const { events } = await subscribed(undefined, { filter: { client: ['crm'] } });
    publish({ id: 'new' }, { client: 'crm' });
    await expect.poll(() => events().map(({ event }) => event.id), patience).toEqual(['new']);
    expect(earlier.events()).toEqual([]);
  });

  it('prints the address to confirm with, if the subscriber does not use it', async () => {
    const { url, stop } = await startSnsSubscriber(() => Promise.resolve(200));
    onTestFinished(stop);
    const { lines, confirmed } = await subscribe(url);
    await expect.poll(() => lines, patience).toHaveLength(1);
    const [, address = ''] = /^subscriber {5}waiting for a GET of (http:\S+)$/.exec(lines[0] ?? '') ?? [];
    expect(await (await fetch(address)).text()).toContain(`<SubscriptionArn>${queues.topicArn}:`);
    await confirmed();
  });

  it('confirms nothing with another token', async () => {
    const { posted } = await subscribed();
    const url = new URL(String(posted[0]?.message['SubscribeURL']));
    url.searchParams.set('Token', 'another');
    expect((await fetch(url)).status).toBe(404);
  });
});
