import { expect, it, onTestFinished } from 'vitest';
import { countDevices } from '../../local/embedded-dynamodb.ts';
import { devicesTable, registeredDevice, startRegistry } from '../support/registry.ts';

it('counts the devices of a table, and not the marks of removed ones', async () => {
  const { registry, environment, stop } = await startRegistry();
  onTestFinished(stop);
  const count = () => countDevices(environment.AWS_ENDPOINT_URL_DYNAMODB, devicesTable);
  expect(await count()).toBe(0);
  const now = Date.now();
  for (const deviceToken of ['1', '2']) {
    await registry.put(registeredDevice({ deviceToken, firstSeenMs: now, lastSeenMs: now }), 180);
  }
  await registry.markRemoved('alice', 'key of another device', now);
  expect(await count()).toBe(2);
});
