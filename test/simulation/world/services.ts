import type { PublishBatchRequestEntry, SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { createRegistry, type Registry } from '../../../shared/registry/registry.ts';
import type { OutcomeEvent } from '../../../shared/outcomes/outcome-event.ts';
import { deadLetterReasons } from '../../../shared/push/dead-letter.ts';
import { readDevicesTable } from '../../support/devices-table.ts';
import { kinds } from '../history.ts';
import type { Fate, Process, Route } from '../kernel/process.ts';
import { createDynamoDbModel, type DynamoDbModel, type TableWrite } from '../models/dynamodb-client.ts';
import { createTable, noTableTrouble } from '../models/dynamodb-table.ts';
import { createSnsClient } from '../models/sns.ts';
import { createSqsClient } from '../models/sqs-client.ts';
import type { SqsQueue } from '../models/sqs-queue.ts';
import type { CallTrouble } from '../scenario.ts';
import { epochMs, type Base } from './base.ts';
import type { Contents } from './contents.ts';
import { messageNumberOf, type Queues } from './queues.ts';

/** The services of AWS as the processes see them. */
export interface Services {
  /** The way to a service, with the trouble of the scenario. */
  readonly routeTo: (service: string, troubleAt?: (at: number) => Partial<CallTrouble>) => Route;
  /** @param task what the process works on. Absent: what it works on at each moment. */
  readonly sqsFor: (process: Process, task?: number) => SQSClient;
  readonly snsFor: (process: Process) => SNSClient;
  /** @param onWrite hears of the writes in place of the watcher. */
  readonly dynamoDbFor: (process: Process, onWrite?: (write: TableWrite) => void) => DynamoDbModel;
  /** @param maxAttempts of each call. Absent: those of the SDK. */
  readonly registryFor: (process: Process, maxAttempts?: number) => Registry;
}

/** As shared/aws/dynamodb.ts has it. */
const dynamoDbTimeoutMs = 1500;

/** The table of devices, as infra/registry.yml has it. */
const definition = readDevicesTable('devices');

/** Of scenarios with many devices of an account: enough for a few of them, so that a query has several pages. */
const smallPageBytes = 3000;

/** Of scenarios that sweep the registry: a scan of the table has about as many pages, so that ticks die while they read it. */
const pagesOfScan = 400;
const itemBytes = 350;

/** What looks on at the services. */
export interface Watchers {
  /** A task puts a push on the queue `pushes`. */
  readonly onQueued?: ((message: number, task: number, push: number) => void) | undefined;
  readonly onTableWrite?: ((write: TableWrite) => void) | undefined;
  /** The topic has an event. */
  readonly onEvent?: ((event: PublishBatchRequestEntry) => void) | undefined;
}

/** Creates the services. */
export function createServices(base: Base, queues: Queues, contents: Contents, watchers: Watchers = {}): Services {
  const { options, scheduler, history, chanceFor } = base;
  const {
    services: servicesTroubleAt,
    topic: topicTroubleAt,
    table: tableTroubleAt,
    requests,
    sweep,
  } = options.scenario;
  const routeTo: Services['routeTo'] = (service, troubleAt = servicesTroubleAt) => {
    const chance = chanceFor(`route to ${service}`);
    return {
      requestMs: () => chance.between(1, 6),
      answerMs: () => troubleAt?.(scheduler.now()).answerMs ?? chance.between(1, 6),
      timeoutMs: 3000,
      fate(): Fate {
        if (troubleAt === undefined) return 'well';
        const { refused = 0, requestLost = 0, answerLost = 0 } = troubleAt(scheduler.now());
        if (chance.hits(refused)) return 'refused';
        if (chance.hits(requestLost)) return 'request lost';
        return chance.hits(answerLost) ? 'answer lost' : 'well';
      },
    };
  };
  const sqsRoute = routeTo('SQS');
  const snsRoute = routeTo('SNS', topicTroubleAt ?? servicesTroubleAt);
  const { refusedEntries = 0 } = options.scenario;
  const entryFailure = () => servicesTroubleAt?.(scheduler.now()).entryFailure ?? refusedEntries;
  const entryFailureOf = (queue: SqsQueue) =>
    queue === queues.outcomeCounts && refusedEntries > 0 ? 0 : entryFailure();
  const table = createTable({
    ...{ definition, scheduler, epochMs, chance: chanceFor('table') },
    trouble: () => ({ ...noTableTrouble, ...tableTroubleAt?.(scheduler.now()) }),
    ...(requests && { pageBytes: smallPageBytes }),
    ...(sweep?.registry && { pageBytes: (contents.division.devices * itemBytes) / pagesOfScan }),
  });
  const dynamoDbRoute = {
    ...routeTo('DynamoDB', tableTroubleAt && ((at) => ({ ...servicesTroubleAt?.(at), ...tableTroubleAt(at) }))),
    timeoutMs: dynamoDbTimeoutMs,
  };
  const throttlingChance = chanceFor('throttling of DynamoDB');
  const dynamoDbFor = (process: Process, onWrite = watchers.onTableWrite, maxAttempts?: number) =>
    createDynamoDbModel(process, {
      ...{ tables: [table], route: dynamoDbRoute, chance: throttlingChance },
      ...(onWrite && { onWrite }),
      ...(maxAttempts !== undefined && { maxAttempts }),
    });
  return {
    ...{ routeTo, dynamoDbFor },
    registryFor(process, maxAttempts) {
      const { documents } = dynamoDbFor(process, undefined, maxAttempts);
      const planted = options.plant?.documents?.(documents) ?? documents;
      return createRegistry(planted, definition.TableName, process.now);
    },
    sqsFor: (process, task) =>
      createSqsClient(process, {
        queues: queues.all,
        route: sqsRoute,
        chance: chanceFor(
          `SQS entries of process ${String(process.id)}${task === undefined ? '' : `, ${String(task)}`}`,
        ),
        entryFailure: entryFailureOf,
        observer: {
          onSend(target, { number, attributes, body }) {
            if (target === queues.pushes) {
              const its = task ?? process.task;
              const push = contents.pushOfBody(body, its);
              history.record(kinds.stored, number, push);
              watchers.onQueued?.(number, its, push);
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
        onPublish(entry) {
          const { Message = '' } = entry;
          const event = JSON.parse(Message) as OutcomeEvent;
          const confirmed = event.confirmed === true ? 1 : 0;
          history.record(kinds.told, messageNumberOf(event.id), process.task, reasonOf(event.reason), confirmed);
          watchers.onEvent?.(entry);
        },
      }),
  };
}

function reasonOf(text: unknown): number {
  return deadLetterReasons.findIndex((reason) => reason === text);
}
