import { readAcceptConfiguration } from '../../../functions/accept/config.ts';
import { createAccept, type AcceptDependencies } from '../../../functions/accept/handler.ts';
import { sendPush, sendPushes } from '../../../functions/accept/queue.ts';
import type { Environment } from '../../../shared/environment.ts';
import type { httpEvent } from '../../support/http-event.ts';
import { createFunction, type LambdaFunction } from '../models/function.ts';
import { lambda, type Base } from './base.ts';
import type { Services } from './services.ts';

export type AcceptFunction = LambdaFunction<ReturnType<typeof httpEvent>>;

/** As serverless.yml has it. */
const timeoutMs = 10_000;

const noTable = () => Promise.reject(new Error('the simulation has no table'));

/** Creates the function `accept`. */
export function createAcceptFunction(base: Base, { sqsFor }: Services, environment: Environment): AcceptFunction {
  const { options, chanceFor, functionOptions, log } = base;
  const { pushesQueueUrl, ...configuration } = readAcceptConfiguration(environment);
  return createFunction({
    ...functionOptions,
    chance: chanceFor('accept'),
    timeoutMs,
    start(process) {
      const sqs = sqsFor(process);
      const dependencies: AcceptDependencies = {
        ...configuration,
        // The client of SQS ends its attempts in time, and the early answer has a timer of the real clock.
        answerReserveMs: 0,
        enqueue: (queued) => sendPush(sqs, pushesQueueUrl, queued),
        enqueueBatch: (queued, abortSignal) => sendPushes(sqs, pushesQueueUrl, queued, abortSignal),
        devicesOf: noTable,
        answerOnce: noTable,
        timeoutSignal: process.timeoutSignal,
        now: process.now,
        log,
      };
      const handler = createAccept(options.plant?.accept?.(dependencies) ?? dependencies);
      return (event, { getRemainingTimeInMillis }) => handler(event, { ...lambda, getRemainingTimeInMillis });
    },
  });
}
