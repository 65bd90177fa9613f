import { IdempotencyConfig } from '@aws-lambda-powertools/idempotency';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OwnRecord } from '../../../functions/accept/own-record.ts';
import { createDynamoDbClient } from '../../../shared/aws/dynamodb.ts';
import { devicesTable, startRegistry } from '../../support/registry.ts';

let table: Awaited<ReturnType<typeof startRegistry>>;
beforeAll(async () => {
  table = await startRegistry();
});
afterAll(() => table.stop());

const request = { identity: 'a request', content: 'its content' };
const answer = { statusCode: 202, headers: { 'content-type': 'application/json' }, body: '{"id":"the id"}' };

/** What calls with the same key write: each has a record of its own. */
function recordsOf(account: string) {
  const client = createDynamoDbClient(table.environment);
  const config = new IdempotencyConfig({ eventKeyJmesPath: 'identity', payloadValidationJmesPath: 'content' });
  return Array.from({ length: 2 }, () => {
    const record = new OwnRecord(client, devicesTable, account);
    record.configure({ config, keyPrefix: 'accept' });
    return record;
  });
}

it('keeps an answer as it is', async () => {
  const [record, other] = recordsOf('#kept');
  await record?.saveInProgress(request, 10_000);
  await record?.saveSuccess(request, answer);
  expect((await other?.getRecord(request))?.getResponse()).toEqual(answer);
});

it('deletes its own record only, so that a delete which the SDK repeats spares that of the repeated request', async () => {
  const [record, other] = recordsOf('#deleted');
  await record?.saveInProgress(request, 10_000);
  await record?.deleteRecord(request);
  await other?.saveInProgress(request, 20_000);
  await record?.deleteRecord(request);
  await other?.saveSuccess(request, answer);
  expect((await record?.getRecord(request))?.getResponse()).toEqual(answer);
});

it('does not replace the answer of another request', async () => {
  const [record, other] = recordsOf('#replaced');
  await record?.saveInProgress(request, 10_000);
  await record?.deleteRecord(request);
  await other?.saveInProgress(request, 20_000);
  await expect(record?.saveSuccess(request, { ...answer, body: '{}' })).rejects.toThrow('conditional');
  await other?.saveSuccess(request, answer);
  expect((await record?.getRecord(request))?.getResponse()).toEqual(answer);
});
