import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AcceptDependencies } from '../../../functions/accept/handler.ts';
import { createTable, type Table } from '../../../functions/accept/table.ts';
import type { Listening } from '../../../local/listen.ts';
import { sendEvent } from '../../support/accept.ts';
import { startDynamoDbProxy, type TableFate } from '../../support/dynamodb-proxy.ts';
import { httpEvent } from '../../support/http-event.ts';
import { devicesTable, registeredDevice, startRegistry, type TestRegistry } from '../../support/registry.ts';

let registry: TestRegistry;
let proxy: Listening;
let table: Table;
let fateOf: () => TableFate = () => 'pass';
beforeAll(async () => {
  registry = await startRegistry();
  proxy = await startDynamoDbProxy(registry.environment.AWS_ENDPOINT_URL_DYNAMODB, () => fateOf());
  const endpoint = `http://127.0.0.1:${String(proxy.port)}`;
  table = createTable({ ...registry.environment, AWS_ENDPOINT_URL_DYNAMODB: endpoint }, devicesTable);
  await registry.registry.put(registeredDevice({ lastSeenMs: Date.now() }), 180);
});
afterAll(async () => {
  await proxy.stop();
  await registry.stop();
});
afterEach(() => {
  fateOf = () => 'pass';
});

/** Sends a push to an account as the function does, which has 10 seconds. */
async function send() {
  const pushes: string[] = [];
  const enqueueBatch: AcceptDependencies['enqueueBatch'] = (all) => {
    pushes.push(...all.map(({ push }) => push.deviceToken));
    return Promise.resolve({ ids: new Map(all.map((one) => [one, 'the id'])) });
  };
  const devicesOf: AcceptDependencies['devicesOf'] = (account, signal) => table.registry.devicesOf(account, signal);
  const event = httpEvent({ body: 'verb=NotifyReprovision&Account=alice' });
  const startedAt = performance.now();
  const answer = await sendEvent(event, { enqueueBatch, devicesOf }, 10_000);
  return { ...answer, pushes, seconds: (performance.now() - startedAt) / 1000 };
}

describe('a push to an account, while DynamoDB', () => {
  it.each<[what: string, fate: TableFate, atMostSeconds: number]>([
    ['refuses calls', 'throttle', 4],
    ['cannot be reached', 'refuse', 4],
    ['does not answer', 'hang', 9],
  ])('%s, is answered 503 in time, and nothing is queued', async (_what, fate, atMostSeconds) => {
    fateOf = () => fate;
    const { status, headers, log, pushes, seconds } = await send();
    expect({ status, pushes, retryAfter: headers['retry-after'] }).toEqual({
      status: 503,
      pushes: [],
      retryAfter: '5',
    });
    expect(seconds).toBeLessThan(atMostSeconds);
    expect(log.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { reason: 'registry-unavailable', RefusedRegistryUnavailable: 1, error: { name: expect.any(String) as unknown } },
    ]);
    expect(log.join()).not.toContain('alice');
    fateOf = () => 'pass';
    expect(await send()).toMatchObject({ status: 202, body: { ids: ['the id'] }, pushes: ['token-1'] });
  });

  it('fails once, is accepted', async () => {
    const fates: TableFate[] = ['throttle', 'refuse'];
    fateOf = () => fates.shift() ?? 'pass';
    expect(await send()).toMatchObject({ status: 202, pushes: ['token-1'] });
  });
});
