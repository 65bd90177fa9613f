import type { SQSRecord } from 'aws-lambda';
import { settledOf } from '../../../local/event-source-mapping.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import type { QueuedMessage, Receipt, SqsQueue } from './sqs-queue.ts';

/** How an invocation ended. */
export type InvocationEnding =
  { readonly ok: true; readonly answer: unknown } | { readonly ok: false; readonly why: 'died' | 'time-out' | 'threw' };

export interface MappingObserver {
  /** @param invocation -1 if the messages are not passed on. */
  readonly onReceive: (receipt: Receipt, invocation: number) => void;
  readonly onDelete: (message: QueuedMessage, invocation: number, isGone: boolean) => void;
}

/** How far the mapping and its calls depart from their best. */
export interface MappingTrouble {
  /** The probability that the answer to a receive is lost. */
  readonly lostReceive: number;
  /** The probability that the function is throttled, so that a batch comes back after its visibility time-out. */
  readonly throttled: number;
  /** The probability that a delete does not reach the queue. */
  readonly lostDelete: number;
}

export interface MappingOptions {
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly queue: SqsQueue;
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
  readonly maximumConcurrency: number;
  readonly trouble: () => MappingTrouble;
  /** The number of the next invocation. */
  readonly numberOf: () => number;
  readonly invoke: (records: SQSRecord[], invocation: number, onEnd: (ending: InvocationEnding) => void) => void;
  readonly observer: MappingObserver;
}

const receiveMessages = 10;
/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const firstConcurrency = 5;
const addedPerMinute = 300;
/** How long a poller waits before it asks a queue again that has as many messages in flight as it allows. */
const fullQueuePollMs = 1000;

/**
 * Starts pollers that receive batches, invoke the function, and delete what it does not report as failed:
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function startMapping(options: MappingOptions): void {
  const { scheduler, chance, queue, batchSize, batchWindowSeconds, maximumConcurrency } = options;
  const { trouble, numberOf, invoke, observer } = options;

  const poll = () => {
    queue.whenVisible(() => {
      gather([], scheduler.now() + batchWindowSeconds * 1000);
    });
  };
  const pollLater = () => {
    if (queue.isFull()) scheduler.after(fullQueuePollMs * chance.between(0.9, 1.1), pollLater);
    else poll();
  };

  /** Receives what is missing of a batch until it is full or its window is over. */
  const gather = (batch: Receipt[], until: number) => {
    scheduler.after(chance.between(3, 15), () => {
      const received = queue.receive(Math.min(receiveMessages, batchSize - batch.length));
      if (chance.hits(trouble().lostReceive)) {
        for (const receipt of received) observer.onReceive(receipt, -1);
      } else batch.push(...received);
      if (batch.length < batchSize && scheduler.now() < until) {
        scheduler.after(Math.min(100, until - scheduler.now()), () => {
          gather(batch, until);
        });
      } else if (batch.length === 0) pollLater();
      else handle(batch);
    });
  };

  const handle = (batch: readonly Receipt[]) => {
    if (chance.hits(trouble().throttled)) {
      for (const receipt of batch) observer.onReceive(receipt, -1);
      scheduler.after(1000, pollLater);
      return;
    }
    const invocation = numberOf();
    for (const receipt of batch) observer.onReceive(receipt, invocation);
    invoke(
      batch.map((receipt) => recordOf(receipt, queue)),
      invocation,
      (ending) => {
        const settled = ending.ok ? settledOf(batch, ({ message }) => message.id, ending.answer) : [];
        if (settled.length === 0) {
          pollLater();
          return;
        }
        scheduler.after(chance.between(3, 15), () => {
          for (const { message, receiptHandle } of settled) {
            const isGone = !chance.hits(trouble().lostDelete) && queue.delete(receiptHandle).isGone;
            observer.onDelete(message, invocation, isGone);
          }
          pollLater();
        });
      },
    );
  };

  let pollers = 0;
  const grow = (most: number) => {
    while (pollers < Math.min(most, maximumConcurrency)) {
      pollers += 1;
      poll();
    }
    if (pollers < maximumConcurrency) {
      scheduler.after(60_000, () => {
        grow(pollers + addedPerMinute);
      });
    }
  };
  grow(firstConcurrency);
}

function recordOf({ message, receiptHandle, receiveCount }: Receipt, queue: SqsQueue): SQSRecord {
  const messageAttributes: SQSRecord['messageAttributes'] = {};
  for (const [name, { DataType = 'String', StringValue = '' }] of Object.entries(message.attributes)) {
    messageAttributes[name] = { dataType: DataType, stringValue: StringValue };
  }
  return {
    messageId: message.id,
    receiptHandle,
    body: message.body,
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: String(message.sentAt),
      SenderId: 'accept',
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    },
    messageAttributes,
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: queue.arn,
    awsRegion: 'us-east-1',
  };
}
