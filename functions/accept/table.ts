import { createDynamoDbClient, documentClientOf } from '../../shared/aws/dynamodb.ts';
import type { Environment } from '../../shared/environment.ts';
import { createRegistry } from '../../shared/registry/registry.ts';
import { createAnswerOnce } from './answer-once.ts';
import { startTimer } from './timer.ts';

/**
 * What `accept` does with the table of devices. A bundle of its own, which an instance loads at the first request that
 * needs it: within the bundle of `accept` it would lengthen every cold start (docs/adr/0008-commonjs-bundles.md).
 */
export function createTable(environment: Environment, tableName: string) {
  const dynamoDb = createDynamoDbClient(environment);
  return {
    registry: createRegistry(documentClientOf(dynamoDb), tableName, Date.now),
    answerOnce: createAnswerOnce(dynamoDb, tableName, startTimer),
  };
}

export type Table = ReturnType<typeof createTable>;
