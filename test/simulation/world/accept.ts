import { readAcceptConfiguration } from '../../../functions/accept/config.ts';
import { createAccept, type AcceptDependencies } from '../../../functions/accept/handler.ts';
import { sendPush, sendPushes } from '../../../functions/accept/queue.ts';
import type { Environment } from '../../../shared/environment.ts';
import type { httpEvent } from '../../support/http-event.ts';
import type { Process } from '../kernel/process.ts';
import { createFunction, type LambdaFunction } from '../models/function.ts';
import { lambda, type Base } from './base.ts';
import type { Services } from './services.ts';

export type AcceptFunction = LambdaFunction<ReturnType<typeof httpEvent>>;

/** What `accept` does with the table of devices for a call that works on it in a process. */
export type TableOfCall = (
  services: Services,
  process: Process,
  call: number,
) => Pick<AcceptDependencies, 'devicesOf' | 'answerOnce'>;

/** As serverless.yml has it. */
const timeoutMs = 10_000;

const noTable = () => Promise.reject(new Error('the simulation has no table'));

/**
 * Creates the function `accept`.
 * @param tableFor absent: there is no table.
 */
export function createAcceptFunction(
  base: Base,
  services: Services,
  environment: Environment,
  tableFor: TableOfCall | undefined,
): AcceptFunction {
  const { options, chanceFor, functionOptions, log } = base;
  const { pushesQueueUrl, ...configuration } = readAcceptConfiguration(environment);
  return createFunction({
    ...functionOptions,
    chance: chanceFor('accept'),
    timeoutMs,
    start(process) {
      /** @param call the one call that the handler is for. Absent: it is for all calls of the process. */
      const createHandler = (call?: number) => {
        const sqs = services.sqsFor(process, call);
        const dependencies: AcceptDependencies = {
          ...configuration,
          enqueue: (queued) => sendPush(sqs, pushesQueueUrl, queued),
          enqueueBatch: (queued, abortSignal) => sendPushes(sqs, pushesQueueUrl, queued, abortSignal),
          ...(tableFor === undefined || call === undefined
            ? { devicesOf: noTable, answerOnce: noTable }
            : tableFor(services, process, call)),
          startTimer: process.startTimer,
          timeoutSignal: process.timeoutSignal,
          now: process.now,
          log,
        };
        return createAccept(options.plant?.accept?.(dependencies) ?? dependencies);
      };
      const ofProcess = tableFor === undefined ? createHandler() : undefined;
      return (event, { getRemainingTimeInMillis }) => {
        // What a call does is told from what others do, even if it comes late.
        const handler = ofProcess ?? createHandler(process.task);
        return handler(event, {
          ...lambda,
          getRemainingTimeInMillis: () => Math.floor(getRemainingTimeInMillis()),
        });
      };
    },
  });
}
