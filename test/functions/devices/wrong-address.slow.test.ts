import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway } from '../../../functions/deliver/gateway.ts';
import { createPruner } from '../../../functions/devices/prune.ts';
import { startGateway, type Gateway } from '../../../local/sandbox/gateway/gateway.ts';
import type { RegisteredDevice } from '../../../shared/registry/device.ts';
import { outageWith, useDelivery } from '../../support/deliver.ts';
import { lambdaContext } from '../../support/lambda-context.ts';
import { recordingLog } from '../../support/log.ts';
import { registeredDevice, startRegistry, type TestRegistry } from '../../support/registry.ts';
import { acceptedAt, recordOf, sqsEventOf } from '../../support/sqs-event.ts';

const delivery = useDelivery();
const nowMs = acceptedAt.getTime() + 1000;
let table: TestRegistry;
let sandbox: Gateway;
beforeAll(async () => {
  [table, sandbox] = await Promise.all([startRegistry(() => nowMs), startGateway({ port: 0 })]);
});
afterAll(() => Promise.all([table.stop(), sandbox.stop()]));

/** Devices of an account, of which each tenth is dead. */
function devicesOf(account: string, count: number): RegisteredDevice[] {
  const lastSeenMs = acceptedAt.getTime() - 86_400_000;
  return Array.from({ length: count }, (_, index) =>
    registeredDevice({
      ...{ account, firstSeenMs: lastSeenMs, lastSeenMs },
      deviceToken: index % 10 === 7 ? `fail-404-${String(1000 + index)}` : `${account}-${String(index)}`,
    }),
  );
}

/**
 * Registers devices and pushes to each of them, on instances of `deliver` that take turns.
 * @returns the tokens that are registered after the pruner has had all events.
 */
async function pushToAll(devices: readonly RegisteredDevice[], path: string, batchRecords: number, instances: number) {
  const url = new URL(`http://127.0.0.1:${String(sandbox.port)}${path}`);
  const timeouts = { connectTimeoutMs: 5000, attemptTimeoutMs: 5000 };
  const gateway = createGateway({ url, format: 'form', ...timeouts, maxConnections: 50 });
  const outages = Array.from({ length: instances }, () => outageWith({ outageFailures: 10, suspectFinalAnswers: 10 }));
  const prune = createPruner({
    ...{ registry: table.registry, dimensions: { Stage: 'test' }, now: () => nowMs, log: recordingLog() },
    ...{ answerReserveMs: 500, timeoutSignal: (ms: number) => AbortSignal.timeout(ms) },
  });
  for (const device of devices) await table.registry.put(device, 180);
  let events = 0;
  for (let from = 0, batch = 0; from < devices.length; from += batchRecords, batch += 1) {
    const records = devices
      .slice(from, from + batchRecords)
      .map(({ appId, deviceToken }) => recordOf({ AppId: appId, DeviceToken: deviceToken }));
    const outage = outages[batch % instances] ?? outageWith();
    await delivery.deliver(records, { gateway, outage });
    const told = (await delivery.events()).map(({ event }) => recordOf({}, { body: JSON.stringify(event) }));
    events += told.length;
    expect(await prune(sqsEventOf(told), lambdaContext())).toEqual({ batchItemFailures: [] });
    delivery.clear();
  }
  const left = await table.registry.devicesOf(devices[0]?.account ?? '');
  return { events, left: left.map(({ deviceToken }) => deviceToken).toSorted() };
}

const tokensOf = (devices: readonly RegisteredDevice[]) => devices.map(({ deviceToken }) => deviceToken).toSorted();

describe('a wrong address of the gateway, which answers 404 to all', () => {
  it.each([
    ['one push at a time', 1],
    ['three pushes at a time', 3],
    ['batches of ten', 10],
  ])('empties no registry, with %s', async (how, batchRecords) => {
    const devices = devicesOf(how, 60);
    const { events, left } = await pushToAll(devices, '/wrong', batchRecords, 3);
    if (batchRecords < 10) expect(events).toBeGreaterThan(9);
    expect(left).toEqual(tokensOf(devices));
  });
});

describe('a gateway that does not know a tenth of the devices', () => {
  it.each([
    ['one push at a time', 1],
    ['batches of ten', 10],
  ])('has these removed, and no others, with %s', async (how, batchRecords) => {
    const devices = devicesOf(`healthy, ${how}`, 100);
    const { events, left } = await pushToAll(devices, '/pnm2', batchRecords, 2);
    expect(events).toBe(10);
    expect(left).toEqual(tokensOf(devices.filter(({ deviceToken }) => !deviceToken.startsWith('fail-'))));
  });
});
