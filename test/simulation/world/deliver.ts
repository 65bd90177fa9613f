import type { SQSEvent } from 'aws-lambda';
import { createAwsCalls } from '../../../functions/deliver/aws-calls.ts';
import { readDeliverConfiguration } from '../../../functions/deliver/config.ts';
import { formats } from '../../../functions/deliver/format.ts';
import { createDeliver, type DeliverDependencies } from '../../../functions/deliver/handler.ts';
import { createOutage } from '../../../functions/deliver/policy/outage.ts';
import { createPace } from '../../../functions/deliver/policy/pace.ts';
import { createTimeLimit } from '../../../functions/deliver/policy/time-limit.ts';
import { publishEvents } from '../../../shared/aws/sns/publish.ts';
import { delayMessages, sendMessages } from '../../../shared/aws/sqs/batches.ts';
import { kinds } from '../history.ts';
import { startMapping } from '../models/event-source-mapping.ts';
import { createFunction, type Invocation, type LambdaFunction } from '../models/function.ts';
import { createGatewayClient } from '../models/gateway.ts';
import type { SqsQueue } from '../models/sqs-queue.ts';
import { counter, type Base } from './base.ts';
import type { Contents } from './contents.ts';
import type { Services } from './services.ts';

export type DeliverFunction = LambdaFunction<SQSEvent>;
export type DeliverConfiguration = ReturnType<typeof readDeliverConfiguration>;

/** As serverless.yml has it. */
const timeoutMs = 30_000;

/** Creates the function `deliver`, and the gateway that it posts to. */
export function createDeliverFunction(
  base: Base,
  { sqsFor, snsFor }: Services,
  { readForm, onAttempt }: Contents,
  configuration: DeliverConfiguration,
): DeliverFunction {
  const { options, scheduler, history, chanceFor, functionOptions, log } = base;
  const { scenario, plant } = options;
  const { gateway, outage, undeliverableQueueUrl, outcomesTopicArn, ...deliverOptions } = configuration;
  const gatewayChance = chanceFor('gateway');
  const behaviourOf = scenario.createGateway();
  const networkChance = chanceFor('network of the gateway');
  return createFunction({
    ...functionOptions,
    chance: chanceFor('deliver'),
    timeoutMs,
    start(process) {
      const random = chanceFor(`jitter of process ${String(process.id)}`);
      const sqs = sqsFor(process);
      const sns = snsFor(process);
      const dependencies: DeliverDependencies = {
        ...deliverOptions,
        gateway: createGatewayClient(process, {
          scheduler,
          attemptTimeoutMs: gateway.attemptTimeoutMs,
          chance: gatewayChance,
          requestMs: () => networkChance.between(2, 20),
          read: readForm,
          behave: (attempt, at) => behaviourOf(attempt, at, gatewayChance),
          onAttempt(attempt, isTaken) {
            if (attempt === undefined) history.record(kinds.mishap, 0);
            else {
              if (!attempt.isIntact) history.record(kinds.mishap, 1);
              history.record(kinds.attempted, attempt.content, process.task, isTaken ? 1 : 0);
              onAttempt(attempt.content, isTaken);
            }
          },
          onAnswer(content, status, detail) {
            history.record(kinds.answered, content, process.task, status, detail);
          },
        }),
        encode: formats[gateway.format].encode,
        outage: createOutage(outage),
        pace: createPace(),
        timeLimit: createTimeLimit(gateway.attemptTimeoutMs),
        ...createAwsCalls({
          loadSqs: () => Promise.resolve({ sqs, delayMessages, sendMessages }),
          loadSns: () => Promise.resolve({ sns, publishEvents }),
          ...{ undeliverableQueueUrl, outcomesTopicArn },
          outcomeCountsQueueUrl: deliverOptions.outcomeCountsQueueUrl,
        }),
        timeoutSignal: process.timeoutSignal,
        now: process.now,
        random: random.next,
        log,
      };
      const handler = createDeliver(plant?.deliver?.(dependencies) ?? dependencies);
      const planted = plant?.handler?.(handler, dependencies) ?? handler;
      return (event: SQSEvent, invocation: Invocation) => {
        history.record(kinds.started, process.task, process.id);
        return planted(event, invocation);
      };
    },
  });
}

/** How a queue is mapped to `deliver`. */
export interface DeliverMapping {
  /** The source of its chances. */
  readonly concern: string;
  readonly queue: SqsQueue;
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
  readonly maximumConcurrency: number;
}

/** Creates what maps queues to `deliver`. The invocations of all of them are numbered together. */
export function createDeliverMappings({ options, scheduler, history, chanceFor }: Base, deliver: DeliverFunction) {
  const numberOf = counter();
  const { mapping: troubleAt } = options.scenario;
  return ({ concern, ...mapping }: DeliverMapping): void => {
    startMapping({
      ...mapping,
      scheduler,
      chance: chanceFor(concern),
      trouble: () => ({ lostReceive: 0, throttled: 0, lostDelete: 0, ...troubleAt?.(scheduler.now()) }),
      numberOf,
      invoke(Records, invocation, onEnd) {
        deliver.invoke({ Records }, invocation, (ending) => {
          history.record(kinds.ended, invocation, ending.ok ? 1 : 0);
          if (!ending.ok && ending.why === 'threw') history.record(kinds.mishap, 2);
          if (!ending.ok && ending.why === 'time-out') history.record(kinds.mishap, 3);
          onEnd(ending);
        });
      },
      observer: {
        onReceive({ message, receiveCount }, invocation) {
          history.record(kinds.received, message.number, invocation, receiveCount);
        },
        onDelete({ number }, invocation, isGone) {
          if (number >= 0) history.record(isGone ? kinds.deleted : kinds.notDeleted, number, invocation);
        },
      },
    });
  };
}
