import { GetSubscriptionAttributesCommand, ListSubscriptionsByTopicCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeOutcomeEvent } from '../../../shared/outcomes/outcome-event.ts';
import { deviceHash } from '../../../shared/push/redaction.ts';
import {
  eventWith,
  malformedEvent,
  receiptOf,
  startOutcomesCli,
  type OutcomesCli,
} from '../../support/outcomes-cli.ts';

let relay: OutcomesCli;
beforeEach(async () => {
  relay = await startOutcomesCli();
});
afterEach(() => relay.stop());

const linesOf = (text: string) => text.trimEnd().split('\n').sort();

describe('outcomes tail', () => {
  it('prints one line for each outcome, without the token', async () => {
    const { exitCode, stdout, stderr } = await relay.tailDuring('', () =>
      relay.publish(
        eventWith({ id: 'a' }),
        eventWith({ id: 'b', outcome: 'transient', reason: 'expired', status: 503, words: 'two\nlines' }),
        receiptOf('c'),
        malformedEvent('d'),
      ),
    );
    const device = deviceHash('com.example.one', 'secret-token');
    const push = `NotifyTextMessage         com.example.one  ${device}`;
    const at = '2026-01-02T03:04:06.789Z';
    expect(linesOf(stdout)).toEqual([
      `${at}  delivered            c  ${push}  200`,
      `${at}  malformed            d  -                         -  -  -    the body is not JSON`,
      `${at}  transient/expired    b  ${push}  503  two\\u{a}lines`,
      `${at}  unregistered         a  ${push}  404  Not registered.`,
    ]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 130,
      stderr:
        'Waiting for outcomes… Press Ctrl-C to end.\n' +
        'Interrupted: removing the queue of this tail. Press Ctrl-C again to end at once.\n',
    });
  });

  it('prints the token with --reveal, and whole events with --json', async () => {
    const events = [eventWith({ client: 'crm', sweep: { plan: 'nightly', run: 'first' } }), receiptOf('c')];
    const revealed = await relay.tailDuring('--reveal', () => relay.publish(...events));
    expect(linesOf(revealed.stdout)).toEqual(Array(2).fill(expect.stringContaining('  secret-token  ')));
    const json = await relay.tailDuring('--json', () => relay.publish(...events));
    expect(linesOf(json.stdout).map((line): unknown => JSON.parse(line))).toEqual(expect.arrayContaining(events));
  });

  it('lets SNS filter', async () => {
    const line = '--outcome unregistered rejected --reason unregistered --queue pushes --app-id A --client crm';
    const push = { verb: 'V', appId: 'A', deviceToken: 'token' };
    const matching = eventWith({ id: 'matching', client: 'crm', push });
    let policy: string | undefined;
    const { stdout } = await relay.tailDuring(line, async () => {
      const { Subscriptions: all = [] } = await relay.sns.send(
        new ListSubscriptionsByTopicCommand({ TopicArn: relay.queues.topicArn }),
      );
      const tail = all.find(({ Endpoint: endpoint }) => endpoint !== relay.queues.outcomes.arn);
      const { Attributes: attributes } = await relay.sns.send(
        new GetSubscriptionAttributesCommand({ SubscriptionArn: tail?.SubscriptionArn }),
      );
      policy = attributes?.['FilterPolicy'];
      await relay.publish(matching, { ...matching, id: 'other', client: 'other' }, { ...matching, reason: 'rejected' });
    });
    expect(JSON.parse(policy ?? '')).toEqual({
      ...{ outcome: ['unregistered', 'rejected'], reason: ['unregistered'], queue: ['pushes'], appId: ['A'] },
      client: ['crm'],
    });
    expect(linesOf(stdout)).toEqual([expect.stringContaining('  matching  ')]);
  });

  it('leaves out what SNS sends before a new filter has taken effect', async () => {
    const { stdout } = await relay.tailDuring('--reason rejected --verb NotifyTextMessage', async () => {
      const [name = ''] = await relay.tailQueues();
      const rejected = eventWith({ id: 'matching', reason: 'rejected' });
      const push = { verb: 'V', appId: 'A', deviceToken: 'token' };
      for (const event of [eventWith(), { ...rejected, id: 'another verb', push }, rejected]) {
        const { Message: body, MessageAttributes: messageAttributes } = encodeOutcomeEvent(event);
        relay.queues.server.sendMessage(name, body, { messageAttributes } as never);
      }
    });
    expect(linesOf(stdout)).toEqual([expect.stringContaining('  matching  ')]);
  });

  it('uses a queue that only the topic may send to, and removes it with its subscription', async () => {
    let attributes: Record<string, string> | undefined;
    await relay.tailDuring('', async () => {
      const [name = ''] = await relay.tailQueues();
      expect(name).toMatch(/^pnm2-relay-local-outcomes-tail-[\da-f]{8}$/);
      const QueueUrl = relay.queues.outcomes.url.replace(relay.queues.outcomes.queueName, name);
      const answer = await relay.queues.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
      attributes = answer.Attributes;
    });
    expect(attributes).toMatchObject({ MessageRetentionPeriod: '300', SqsManagedSseEnabled: 'true' });
    expect(JSON.parse(attributes?.['Policy'] ?? '')).toMatchObject({
      Statement: [
        {
          ...{ Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage' },
          ...{ Resource: attributes?.['QueueArn'] },
          Condition: { ArnEquals: { 'aws:SourceArn': relay.queues.topicArn } },
        },
        { Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      ],
    });
    expect([await relay.tailQueues(), await relay.subscribed()]).toEqual([[], []]);
  });

  it('says that it cannot read an event, but prints it as JSON', async () => {
    const newer = { Message: '{"version":2,\n"id":"a"}' };
    const { stdout, stderr } = await relay.tailDuring('', () => relay.publishMessage(newer));
    expect(stdout).toBe('');
    expect(stderr).toContain('An event could not be read: update this checkout, or see --json.\n');
    const json = await relay.tailDuring('--json', async () => {
      await relay.publishMessage(newer);
      await relay.publishMessage({ Message: 'no JSON' });
    });
    expect(json.stdout).toBe('{"version":2,"id":"a"}\n');
    expect(json.stderr).toContain('An event could not be read');
  });
});
