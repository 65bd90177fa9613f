import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { createAnswerOnce } from '../../functions/accept/answer-once.ts';
import { startTimer } from '../../functions/accept/timer.ts';
import type { AcceptDependencies } from '../../functions/accept/handler.ts';
import { createDynamoDbClient } from '../../shared/aws/dynamodb.ts';
import { encodeForm } from '../../shared/push/form.ts';
import { startSqsIntake } from './accept.ts';
import { startDynamoDbProxy, type TableFate } from './dynamodb-proxy.ts';
import { httpEvent, type HttpEventOptions } from './http-event.ts';
import { parametersWith } from './pushes.ts';
import { devicesTable, startRegistry } from './registry.ts';

export type Overrides = Partial<Omit<AcceptDependencies, 'log'>>;

/** An intake that keeps the answers to requests with an Idempotency-Key, in front of real queues and a real table. */
export async function startIdempotentIntake() {
  const [intake, table] = await Promise.all([startSqsIntake(), startRegistry()]);
  let fateOf: (action: string) => TableFate = () => 'pass';
  const proxy = await startDynamoDbProxy(table.environment.AWS_ENDPOINT_URL_DYNAMODB, (action) => fateOf(action));
  const environment = {
    ...table.environment,
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${String(proxy.port)}`,
  };
  const dynamoDb = createDynamoDbClient(environment);
  const answerOnce = createAnswerOnce(dynamoDb, devicesTable, startTimer);
  let keys = 0;
  return {
    ...{ intake, table, answerOnce },
    /** For a test that makes its own client. */
    environment,
    /** Decides what becomes of the next calls to the table. */
    setFate(fate: (action: string) => TableFate) {
      fateOf = fate;
    },
    /** A key that no other test uses. */
    newKey: () => `key-${String((keys += 1))}`,
    /** Sends an event, which has a push in a form unless `options` say otherwise, with this key. */
    send: (idempotencyKey: string, options: HttpEventOptions = {}, overrides: Overrides = {}) =>
      intake.send(eventWith(idempotencyKey, options), { answerOnce, ...overrides }),
    /** All items of the table. */
    async items(): Promise<Record<string, unknown>[]> {
      const { Items = [] } = await table.documents.send(new ScanCommand({ TableName: devicesTable }));
      return Items;
    },
    async stop() {
      dynamoDb.destroy();
      await proxy.stop();
      await Promise.all([intake.stop(), table.stop()]);
    },
  };
}

export type IdempotentIntake = Awaited<ReturnType<typeof startIdempotentIntake>>;

export function eventWith(idempotencyKey: string, { headers, ...options }: HttpEventOptions = {}) {
  const body = encodeForm(parametersWith());
  return httpEvent({ body, ...options, headers: { 'idempotency-key': idempotencyKey, ...headers } });
}
