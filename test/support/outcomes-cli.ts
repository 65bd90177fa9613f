import {
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SNSClient,
  type PublishCommandInput,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, ListQueuesCommand } from '@aws-sdk/client-sqs';
import { vi } from 'vitest';
import { localClient } from '../../shared/local-stack.ts';
import { encodeOutcomeEvent, type OutcomeEvent } from '../../shared/outcomes/outcome-event.ts';
import { cli, type CliOptions, type CliResult } from './cli.ts';
import { patience } from './patience.ts';
import { startQueues } from './queues.ts';

const namePrefix = 'pnm2-relay-local-';

const common: Pick<OutcomeEvent, 'version' | 'attempts' | 'queue' | 'acceptedAt' | 'endedAt'> = {
  ...{ version: 1, attempts: 1, queue: 'pushes' },
  ...{ acceptedAt: '2026-01-02T03:04:05.678Z', endedAt: '2026-01-02T03:04:06.789Z' },
};
const push = { verb: 'NotifyTextMessage', appId: 'com.example.one', deviceToken: 'secret-token', selector: 'selector' };

/** The event of a push whose device is not registered, with overrides. */
export function eventWith(overrides: Partial<OutcomeEvent> = {}): OutcomeEvent {
  const unregistered = { outcome: 'unregistered', reason: 'unregistered', status: 404 } as const;
  return { ...common, id: crypto.randomUUID(), ...unregistered, words: 'Not registered.', push, ...overrides };
}

export function receiptOf(id: string): OutcomeEvent {
  return { ...common, id, outcome: 'delivered', status: 200, push };
}

export function malformedEvent(id: string): OutcomeEvent {
  return { ...common, id, outcome: 'malformed', reason: 'malformed', words: 'the body is not JSON' };
}

/** The topic and the SQS of a local stack, and the CLI that follows it in this process. */
export async function startOutcomesCli() {
  const queues = await startQueues({ namePrefix });
  const { server, sqs, topicArn } = queues;
  const sns = new SNSClient(localClient(`http://127.0.0.1:${String(server.port)}`));
  const environment = { AWS_PORT: String(server.port) };

  /** The names of the queues of tails. */
  const tailQueues = async () => {
    const { QueueUrls: urls = [] } = await sqs.send(
      new ListQueuesCommand({ QueueNamePrefix: `${namePrefix}outcomes-tail-` }),
    );
    return urls.map((url) => url.slice(url.lastIndexOf('/') + 1));
  };
  /** The queues that are subscribed to the topic, besides the one of the test. */
  const subscribed = async () => {
    const { Subscriptions: all = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topicArn }));
    return all.map(({ Endpoint: endpoint = '' }) => endpoint).filter((endpoint) => endpoint !== queues.outcomes.arn);
  };
  const publishMessage = (message: Pick<PublishCommandInput, 'Message' | 'MessageAttributes'>) =>
    sns.send(new PublishCommand({ TopicArn: topicArn, ...message }));

  return {
    ...{ queues, sns, tailQueues, subscribed, publishMessage },
    publish: async (...events: readonly OutcomeEvent[]) => {
      for (const event of events) await publishMessage(encodeOutcomeEvent(event));
    },
    run: (line: string, options: CliOptions = {}) =>
      cli(['outcomes', ...line.split(' '), '--local'], { environment, ...options }),
    /** Runs `outcomes tail LINE --local` until all that `work` publishes has been read. */
    async tailDuring(line: string, work: () => Promise<unknown>, options: CliOptions = {}): Promise<CliResult> {
      const interruption = new AbortController();
      const words = ['outcomes', 'tail', '--local', ...line.split(' ').filter((word) => word !== '')];
      const result = cli(words, { environment, ...options, interrupted: interruption.signal });
      await vi.waitUntil(async () => (await subscribed()).length === 1, patience);
      const name = (await subscribed())[0]?.split(':').at(-1) ?? '';
      await work();
      await vi.waitUntil(() => {
        const { ready, inflight } = server.inspectQueue(name)?.messages ?? { ready: [], inflight: [] };
        return ready.length + inflight.length === 0;
      }, patience);
      interruption.abort();
      return result;
    },
    /** Leaves a queue as a tail does that is killed. */
    async leaveQueue(name: string, tags: Record<string, string>): Promise<void> {
      await sqs.send(new CreateQueueCommand({ QueueName: `${namePrefix}outcomes-tail-${name}`, tags }));
      server.subscribe({ topic: `${namePrefix}outcomes`, queue: `${namePrefix}outcomes-tail-${name}` });
    },
    stop: async () => {
      sns.destroy();
      await queues.stop();
    },
  };
}

export type OutcomesCli = Awaited<ReturnType<typeof startOutcomesCli>>;
