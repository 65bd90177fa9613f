import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { OutcomeEvent } from '../../../shared/outcomes/outcome-event.ts';
import { deadLetterReasons } from '../../../shared/push/dead-letter.ts';
import { kinds } from '../history.ts';
import type { Fate, Process, Route } from '../kernel/process.ts';
import { createSnsClient } from '../models/sns.ts';
import { createSqsClient } from '../models/sqs-client.ts';
import type { Base } from './base.ts';
import type { Contents } from './contents.ts';
import { messageNumberOf, type Queues } from './queues.ts';

/** The services of AWS as the processes see them. */
export interface Services {
  /** The way to a service, with the trouble of the scenario. */
  readonly routeTo: (service: string) => Route;
  readonly sqsFor: (process: Process) => SQSClient;
  readonly snsFor: (process: Process) => SNSClient;
}

/** Creates the services. */
export function createServices(base: Base, queues: Queues, contents: Contents): Services {
  const { options, scheduler, history, chanceFor } = base;
  const { services: troubleAt } = options.scenario;
  const trouble = () => ({
    ...{ refused: 0, requestLost: 0, answerLost: 0, entryFailure: 0 },
    ...troubleAt?.(scheduler.now()),
  });
  const routeTo = (service: string): Route => {
    const chance = chanceFor(`route to ${service}`);
    return {
      requestMs: () => chance.between(1, 6),
      answerMs: () => chance.between(1, 6),
      timeoutMs: 3000,
      fate(): Fate {
        if (troubleAt === undefined) return 'well';
        const { refused, requestLost, answerLost } = trouble();
        if (chance.hits(refused)) return 'refused';
        if (chance.hits(requestLost)) return 'request lost';
        return chance.hits(answerLost) ? 'answer lost' : 'well';
      },
    };
  };
  const sqsRoute = routeTo('SQS');
  const snsRoute = routeTo('SNS');
  const entryFailure = () => (troubleAt === undefined ? 0 : trouble().entryFailure);
  return {
    routeTo,
    sqsFor: (process) =>
      createSqsClient(process, {
        queues: queues.all,
        route: sqsRoute,
        chance: chanceFor(`SQS entries of process ${String(process.id)}`),
        entryFailure,
        observer: {
          onSend(target, { number, attributes, body }) {
            if (target === queues.pushes) {
              history.record(kinds.stored, number, contents.pushOfBody(body, process.task));
            } else if (target === queues.sweeps) {
              history.record(kinds.stored, number, contents.pushOfSweepBody(body));
            } else if (target === queues.undeliverable) {
              const pushId = messageNumberOf(attributes['pushId']?.StringValue);
              history.record(kinds.deadLettered, pushId, process.task, reasonOf(attributes['reason']?.StringValue));
            }
          },
          onDelay({ number }, seconds) {
            history.record(kinds.delayed, number, process.task, seconds);
          },
        },
      }),
    snsFor: (process) =>
      createSnsClient(process, {
        route: snsRoute,
        chance: chanceFor(`SNS entries of process ${String(process.id)}`),
        entryFailure,
        onPublish({ Message = '' }) {
          const event = JSON.parse(Message) as OutcomeEvent;
          const confirmed = event.confirmed === true ? 1 : 0;
          history.record(kinds.told, messageNumberOf(event.id), process.task, reasonOf(event.reason), confirmed);
        },
      }),
  };
}

function reasonOf(text: unknown): number {
  return deadLetterReasons.findIndex((reason) => reason === text);
}
