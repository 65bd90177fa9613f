import { SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findFreePort } from '../../local/listen.ts';
import { createApiKey } from '../../shared/api-key.ts';
import { cli } from '../support/cli.ts';
import { attributesOf, snsClientOf } from '../support/deliver.ts';
import { patience } from '../support/patience.ts';
import { receive, sqsClientOf } from '../support/queues.ts';
import { startSnsSubscriber, type SnsSubscriber } from '../support/sns-subscriber.ts';
import { startStack, type Stack } from '../support/stack.ts';

const topicArn = 'arn:aws:sns:us-east-1:000000000000:pnm2-relay-local-outcomes';
const crm = createApiKey('crm', []);
const appId = 'com.example.softphone';

const directory = mkdtempSync(join(tmpdir(), 'pnm2-relay-'));
const databasePath = join(directory, 'devices.db');
let example: ChildProcess;
let exampleUrl: string;
const exampleLines: string[] = [];
let subscriber: SnsSubscriber;
let stack: Stack;
let queue: { readonly queueName: string; readonly url: string; readonly arn: string };

beforeAll(async () => {
  const examplePort = await findFreePort(Math.random);
  exampleUrl = `http://127.0.0.1:${String(examplePort)}/`;
  example = startExample(examplePort);
  await vi.waitUntil(() => exampleLines.includes(`listening on port ${String(examplePort)}`), patience);
  // Remembers each message, and passes it on to the example, which confirms the subscription.
  subscriber = await startSnsSubscriber(async ({ headers, body }) => {
    const type = String(headers['content-type']);
    const init = { method: 'POST', headers: { 'content-type': type }, body };
    const { status } = await fetch(exampleUrl, init).catch(() => ({ status: 502 }));
    return status;
  });
  stack = await startStack({
    ...{ API_KEYS: crm.entry, OUTCOMES_URL: subscriber.url, PUBLISH_DELIVERED: 'true' },
    ...{ BACKOFF_BASE_SECONDS: '1', BACKOFF_CAP_SECONDS: '1' },
  });
  await vi.waitUntil(() => exampleLines.includes('the subscription is confirmed'), patience);
  queue = await subscribeQueue({ reason: ['unregistered'], client: ['crm', 'shop'] });
});
afterAll(async () => {
  example.kill();
  await stack.interrupt();
  await subscriber.stop();
  rmSync(directory, { recursive: true });
});

function startExample(port: number): ChildProcess {
  const path = fileURLToPath(new URL('../../docs/examples/remove-dead-tokens.ts', import.meta.url));
  const settings = { PORT: String(port), TOPIC_ARN: topicArn, DATABASE: databasePath, LOCAL_STACK: 'true' };
  const child = spawn(process.execPath, [path], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout }).on('line', (line) => exampleLines.push(line));
  return child;
}

const sqs = () => sqsClientOf(`http://127.0.0.1:${String(stack.awsPort)}`);

async function subscribeQueue(filter: object) {
  const queueName = 'senders';
  await sqs().send(new CreateQueueCommand({ QueueName: queueName }));
  const url = `http://127.0.0.1:${String(stack.awsPort)}/000000000000/${queueName}`;
  const arn = `arn:aws:sqs:us-east-1:000000000000:${queueName}`;
  const Attributes = { FilterPolicy: JSON.stringify(filter), RawMessageDelivery: 'true' };
  const subscription = { TopicArn: topicArn, Protocol: 'sqs', Endpoint: arn, Attributes };
  await snsClientOf(stack.awsPort).send(new SubscribeCommand(subscription));
  return { queueName, url, arn };
}

/** Sends a text. Returns the id of the push. */
async function send(DeviceToken: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const parameters = {
    verb: 'NotifyTextMessage',
    AppId: appId,
    DeviceToken,
    Selector: 'AB:CD',
    Message: 'CONFIDENTIAL TEXT',
  };
  const response = await fetch(stack.pushUrl, {
    method: 'POST',
    headers: { 'x-api-key': crm.key, ...headers },
    body: new URLSearchParams(parameters),
  });
  expect(response.status).toBe(202);
  return ((await response.json()) as { readonly id: string }).id;
}

/** Puts a message on the queue `pushes` that is no push. Returns its id. */
async function sendMalformed(): Promise<string> {
  const QueueUrl = `http://127.0.0.1:${String(stack.awsPort)}/000000000000/pnm2-relay-local-pushes`;
  const { MessageId = '' } = await sqs().send(new SendMessageCommand({ QueueUrl, MessageBody: 'a CONFIDENTIAL TEXT' }));
  return MessageId;
}

const told = (id: string) => subscriber.events().filter(({ event }) => event.id === id);

describe('pushes that are given up', () => {
  const ids = { unconfirmed: '', unregistered: '', registeredAgain: '', rejected: '', expired: '', malformed: '' };
  const linesOf = (id: string) => stack.lines.filter((line) => line.includes(id) && line.includes(' undeliverable '));
  /** Waits until `deliver` is free again. */
  const ended = (id: string) =>
    vi.waitUntil(
      () => stack.lines.some((line) => / (delivered|undeliverable) /.test(line) && line.includes(id)),
      patience,
    );

  it('are told to a subscriber over HTTP, each with its attributes', async () => {
    const database = new DatabaseSync(databasePath);
    const insert = database.prepare('INSERT INTO devices VALUES (?, ?, ?, ?)');
    for (const token of ['fail-410', 'unregistered', 'fail-400-1', 'fail-500-1']) {
      insert.run('someone', appId, token, '2026-01-02T03:04:05.678Z');
    }
    insert.run('someone', appId, 'fail-404', '9999-01-01T00:00:00.000Z');
    database.close();

    // One after the other, so that one instance has them all: it confirms none before its first delivery.
    ids.unconfirmed = await send('fail-410');
    await ended(ids.unconfirmed);
    const living = await send('living');
    await ended(living);
    ids.unregistered = await send('unregistered');
    await ended(ids.unregistered);
    ids.registeredAgain = await send('fail-404');
    await ended(ids.registeredAgain);
    ids.rejected = await send('fail-400-1');
    ids.expired = await send('fail-500-1', { TTL: '1' });
    ids.malformed = await sendMalformed();
    await expect
      .poll(
        () =>
          subscriber
            .events()
            .map(({ event }) => event.id)
            .toSorted(),
        patience,
      )
      .toEqual([living, ...Object.values(ids)].toSorted());
    const of = { verb: 'NotifyTextMessage', appId, client: 'crm', queue: 'pushes' };
    expect(Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, told(id)[0]?.attributes]))).toEqual({
      unconfirmed: { ...of, outcome: 'unregistered', reason: 'unregistered', confirmed: 'false' },
      unregistered: { ...of, outcome: 'unregistered', reason: 'unregistered', confirmed: 'true' },
      registeredAgain: { ...of, outcome: 'unregistered', reason: 'unregistered', confirmed: 'true' },
      rejected: { ...of, outcome: 'rejected', reason: 'rejected' },
      expired: { ...of, outcome: 'transient', reason: 'expired' },
      malformed: { queue: 'pushes', outcome: 'malformed', reason: 'malformed' },
    });
    expect(told(ids.rejected)[0]?.event.push).toEqual({
      ...{ verb: 'NotifyTextMessage', appId, deviceToken: 'fail-400-1', selector: 'AB:CD' },
    });
  });

  it('are told to a queue that passes their filter, as the event itself', async () => {
    const messages = await receive(sqs(), queue);
    const events = messages.map(({ Body = '' }) => JSON.parse(Body) as unknown);
    const unregistered = [ids.unconfirmed, ids.unregistered, ids.registeredAgain];
    expect(events).toHaveLength(unregistered.length);
    expect(events).toEqual(expect.arrayContaining(unregistered.map((id) => told(id)[0]?.event)));
    expect(new Set(messages.map((message) => attributesOf(message)['reason']))).toEqual(new Set(['unregistered']));
    expect(JSON.stringify(messages)).not.toContain('CONFIDENTIAL');
  });

  it('have a line in the terminal each, with the reason', async () => {
    const reasonOf = (id: string) => / undeliverable {2}\S+ {2}(\w+)/.exec(linesOf(id)[0] ?? '')?.[1];
    const unregistered = Array<string>(3).fill('unregistered');
    await expect
      .poll(() => Object.values(ids).map(reasonOf), patience)
      .toEqual([...unregistered, 'rejected', 'expired', 'malformed']);
  });

  it('are removed from a table of devices by the example, if confirmed and not registered again', async () => {
    await expect
      .poll(() => exampleLines.filter((line) => line.startsWith('push ')).toSorted(), patience)
      .toEqual(
        [
          `push ${ids.unconfirmed}: not confirmed`,
          `push ${ids.unregistered}: removed 1`,
          `push ${ids.registeredAgain}: removed 0`,
        ].toSorted(),
      );
    const database = new DatabaseSync(databasePath);
    const tokens = database.prepare('SELECT device_token FROM devices ORDER BY device_token').all();
    database.close();
    expect(tokens.map(({ device_token: token }) => token)).toEqual([
      ...['fail-400-1', 'fail-404', 'fail-410', 'fail-500-1'],
    ]);
  });

  it('are not dropped by SNS if the example cannot verify their message, such as without the certificate', async () => {
    const [event] = subscriber.posted.filter(({ message }) => message['Type'] === 'Notification');
    const body = JSON.stringify({ ...event?.message, SigningCertURL: 'http://127.0.0.1:1/' });
    expect(await fetch(exampleUrl, { method: 'POST', body })).toMatchObject({ status: 500 });
  });

  it('can be redriven, and are told again, or have a receipt', async () => {
    const redrive = await cli(['dead-letters', 'redrive', '--all', '--local'], {
      environment: { AWS_PORT: String(stack.awsPort) },
    });
    expect(redrive).toMatchObject({ exitCode: 0 });
    const outcomesOf = (id: string) => told(id).map(({ event }) => event.outcome);
    await expect
      .poll(() => Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, outcomesOf(id)])), patience)
      .toEqual({
        unconfirmed: ['unregistered', 'unregistered'],
        unregistered: ['unregistered', 'unregistered'],
        registeredAgain: ['unregistered', 'unregistered'],
        rejected: ['rejected', 'delivered'],
        expired: ['transient', 'delivered'],
        malformed: ['malformed', 'malformed'],
      });
    const [first, again] = told(ids.unregistered).map(({ event }) => event);
    // Whether it is confirmed this time depends on its batch.
    expect(again).toEqual({ ...first, endedAt: again?.endedAt, confirmed: again?.confirmed });
  });

  it('have their text in no message, and in no line of the terminal', () => {
    const everything = [...subscriber.posted.map(({ body }) => body), ...stack.lines, ...exampleLines].join('\n');
    expect(everything).toContain('fail-400-1');
    expect(everything).not.toContain('CONFIDENTIAL');
  });
});
