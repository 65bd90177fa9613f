import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createPruner, whyKept, type PruneDependencies } from '../../../functions/devices/prune.ts';
import { writeEveryMs } from '../../../functions/devices/report.ts';
import { createDocumentClient } from '../../../shared/aws/dynamodb.ts';
import { createRegistry } from '../../../shared/registry/registry.ts';
import { deviceKeyOf, type RegisteredDevice } from '../../../shared/registry/device.ts';
import { deviceHash } from '../../../shared/push/redaction.ts';
import { lambdaContext } from '../../support/lambda-context.ts';
import { patience } from '../../support/patience.ts';
import { recordingLog } from '../../support/log.ts';
import { devicesTable, registeredDevice, startRegistry, type TestRegistry } from '../../support/registry.ts';
import { deviceEvent, sendToDevices } from '../../support/devices.ts';
import { startDynamoDbProxy } from '../../support/dynamodb-proxy.ts';
import { recordOf, sqsEventOf } from '../../support/sqs-event.ts';
import { unregisteredEvent } from '../../support/outcome-events.ts';

const acceptedAtMs = Date.parse('2026-01-02T03:04:05.678Z');
const minuteMs = 60_000;
const device = (changes: Partial<RegisteredDevice> = {}) =>
  registeredDevice({ firstSeenMs: acceptedAtMs - writeEveryMs, lastSeenMs: acceptedAtMs - writeEveryMs, ...changes });

let table: TestRegistry;
let nowMs: number;
let log = recordingLog();
beforeAll(async () => {
  table = await startRegistry(() => nowMs);
});
afterAll(() => table.stop());
beforeEach(async () => {
  nowMs = acceptedAtMs + minuteMs;
  log = recordingLog();
  for await (const devices of table.registry.scan()) {
    for (const each of devices) await table.registry.remove(each.account, deviceKeyOf(each), Number.MAX_SAFE_INTEGER);
  }
});

/** Registers the devices, and handles events, each with a record of its own. */
async function prune(
  devices: readonly RegisteredDevice[],
  bodies: readonly string[],
  changes: Partial<PruneDependencies> = {},
  remainingMs?: number,
) {
  for (const each of devices) await table.registry.put(each, 180);
  const handler = createPruner({
    registry: table.registry,
    ...{ dimensions: { Stage: 'test' }, answerReserveMs: 500, timeoutSignal: (ms: number) => AbortSignal.timeout(ms) },
    now: () => nowMs,
    log,
    ...changes,
  });
  const records = bodies.map((body) => recordOf({}, { body }));
  const { batchItemFailures } = await handler(sqsEventOf(records), lambdaContext(remainingMs));
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  return records.flatMap(({ messageId }, index) => (failed.has(messageId) ? [index] : []));
}

const accounts = async (of = device()) => (await table.registry.accountsOf(of)).toSorted();
const lines = () => log.lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a device that the gateway calls unregistered', () => {
  it('leaves the registry, with a line that has its hash alone', async () => {
    expect(await prune([device()], [unregisteredEvent({ id: 'push 1' })])).toEqual([]);
    expect(await accounts()).toEqual([]);
    const { appId, deviceToken } = device();
    expect(lines()).toMatchObject([
      { level: 'info', message: 'device pruned', id: 'push 1', device: deviceHash(appId, deviceToken) },
      { DevicesPruned: 1, Stage: 'test' },
    ]);
    expect(log.lines.join()).not.toContain(deviceToken);
  });

  it('leaves each of its accounts, and no other device does', async () => {
    const other = device({ deviceToken: 'token-2' });
    await prune([device(), device({ account: 'bob' }), other], [unregisteredEvent()]);
    expect(await accounts()).toEqual([]);
    expect(await accounts(other)).toEqual(['alice']);
    expect(lines().at(-1)).toMatchObject({ DevicesPruned: 2 });
  });

  it('leaves although other devices of its account have reported since', async () => {
    const others = Array.from({ length: 5 }, (_, index) =>
      device({ deviceToken: `other-${String(index)}`, lastSeenMs: acceptedAtMs + 1 }),
    );
    await prune([device(), ...others], [unregisteredEvent()]);
    expect(await accounts()).toEqual([]);
    expect(await table.registry.devicesOf('alice')).toHaveLength(others.length);
  });

  it('stays in the account from which it has reported since', async () => {
    await prune([device(), device({ account: 'bob', lastSeenMs: acceptedAtMs + 1 })], [unregisteredEvent()]);
    expect(await accounts()).toEqual(['bob']);
    expect(lines()).toMatchObject([
      { message: 'device pruned' },
      { message: 'device kept', why: 'reported since' },
      { DevicesPruned: 1, DevicesKept: 1 },
    ]);
  });

  const dayBefore = acceptedAtMs - writeEveryMs;

  it.each<[string, object, lastSeenMs: number, afterMs: number, why: string]>([
    ['the event is not confirmed', { confirmed: false }, dayBefore, 0, 'unconfirmed'],
    ['the event is of an earlier version of the relay', { confirmed: undefined }, dayBefore, 0, 'unconfirmed'],
    ['it has reported since', {}, acceptedAtMs + 1, 0, 'reported since'],
    ['it may have reported since', {}, dayBefore + 1, minuteMs + 1, 'perhaps reported since'],
  ])('stays if %s', async (_if, changes, lastSeenMs, afterMs, why) => {
    nowMs = acceptedAtMs + afterMs;
    await prune([device({ lastSeenMs })], [unregisteredEvent({ ...changes })]);
    expect(await accounts()).toEqual(['alice']);
    expect(lines()).toMatchObject([{ level: 'info', message: 'device kept', why }, { DevicesKept: 1 }]);
  });

  it('leaves although it has reported unchanged since, within a minute, and is back with its next report', async () => {
    const { appId, deviceToken: token, selector, account } = device();
    const report = (atMs: number) =>
      sendToDevices(table.registry, deviceEvent({ query: { account, appId, token, selector }, atMs }));
    await table.registry.put(device({ lastSeenMs: acceptedAtMs - 1 }), 180);
    expect(await report(acceptedAtMs + 1)).toMatchObject({ body: { result: 'unchanged' } });
    await prune([], [unregisteredEvent()]);
    expect(await accounts()).toEqual([]);
    expect(await report(acceptedAtMs + 2)).toMatchObject({ body: { result: 'registered' } });
    expect(await accounts()).toEqual(['alice']);
  });

  it('stays if it is only the pair for incoming calls of another device', async () => {
    const call = { appId: 'com.example.calls', deviceToken: 'call-token' };
    await prune([device({ call })], [unregisteredEvent({ push: { ...call, verb: 'NotifyTextMessage' } })]);
    expect(await accounts()).toEqual(['alice']);
    expect(lines()).toEqual([]);
  });

  it('is removed once, although its event comes twice', async () => {
    const event = unregisteredEvent();
    expect(await prune([device()], Array<string>(10).fill(event))).toEqual([]);
    expect(await prune([], [event])).toEqual([]);
    expect(await accounts()).toEqual([]);
    expect(
      lines()
        .map(({ DevicesPruned, DevicesKept }) => [DevicesPruned, DevicesKept])
        .filter(([pruned]) => pruned),
    ).toEqual([[1, undefined]]);
  });

  it('stays if it reports between the reading and the removal', async () => {
    const { registry } = table;
    const remove: typeof registry.remove = async (...parameters) => {
      await registry.put(device({ lastSeenMs: acceptedAtMs + 5 }), 180);
      return registry.remove(...parameters);
    };
    await prune([device()], [unregisteredEvent()], { registry: { ...registry, remove } });
    expect(await accounts()).toEqual(['alice']);
    expect(lines()).toMatchObject([{ why: 'reported since' }, { DevicesKept: 1 }]);
  });

  it('stays removed if its app has removed it before', async () => {
    // Another account, because the mark stays.
    const removed = device({ account: 'carol' });
    await table.registry.put(removed, 180);
    await table.registry.markRemoved('carol', deviceKeyOf(removed), acceptedAtMs);
    expect(await prune([], [unregisteredEvent()])).toEqual([]);
    expect(await table.registry.entriesOf('carol')).toMatchObject([{ kind: 'removed' }]);
  });
});

describe('the queue of prunes', () => {
  it.each([
    ['no JSON', 'unregistered'],
    ['no event', '{}'],
    ['of another version', unregisteredEvent({ version: 2 })],
    ['without a time', unregisteredEvent({ acceptedAt: 'yesterday' })],
  ])('deletes a message that is %s, and logs that without its text', async (_what, body) => {
    expect(await prune([device()], [body, unregisteredEvent()])).toEqual([]);
    expect(await accounts()).toEqual([]);
    expect(lines()[0]).toEqual({ level: 'error', message: 'event not readable', event: expect.any(String) as string });
  });

  it.each([
    ['with another reason', unregisteredEvent({ reason: 'rejected' })],
    ['of a push that could not be read', unregisteredEvent({ reason: 'malformed', push: undefined })],
    ['of a device that is not registered', unregisteredEvent({ push: { appId: 'a', deviceToken: 'b', verb: 'c' } })],
  ])('ignores an event %s', async (_which, body) => {
    expect(await prune([device()], [body])).toEqual([]);
    expect(await accounts()).toEqual(['alice']);
    expect(lines()).toEqual([]);
  });

  it('keeps its events for a retry while the table is away', async () => {
    const away = await startRegistry();
    await away.stop();
    expect(await prune([], [unregisteredEvent(), unregisteredEvent()], { registry: away.registry })).toEqual([0, 1]);
    expect(lines()[0]).toMatchObject({ level: 'warn', message: 'device not pruned' });
    expect(log.lines.join()).not.toContain(device().deviceToken);
  });

  it('keeps an event for a retry if DynamoDB does not answer it before the deadline, and no other', async () => {
    let isFirst = true;
    const fateOf = () => {
      const fate = isFirst ? 'hang' : 'pass';
      isFirst = false;
      return fate;
    };
    const { port, stop } = await startDynamoDbProxy(table.environment.AWS_ENDPOINT_URL_DYNAMODB, fateOf);
    onTestFinished(stop);
    const url = `http://127.0.0.1:${String(port)}`;
    const documents = createDocumentClient(
      { ...table.environment, AWS_ENDPOINT_URL_DYNAMODB: url },
      { maxAttempts: 1, timeoutMs: 60_000 },
    );
    onTestFinished(() => {
      documents.destroy();
    });
    const registry = createRegistry(documents, devicesTable, () => nowMs);
    const devices = ['a', 'b', 'c'].map((deviceToken) => device({ deviceToken }));
    const events = devices.map(({ appId, deviceToken }) =>
      unregisteredEvent({ push: { appId, deviceToken, verb: 'NotifyTextMessage' } }),
    );
    const deadline = new AbortController();
    let deadlineMs = 0;
    const timeoutSignal = (ms: number) => {
      deadlineMs = ms;
      return deadline.signal;
    };
    const failed = prune(devices, events, { registry, timeoutSignal }, 10_000);
    await expect.poll(() => lines().filter(({ message }) => message === 'device pruned'), patience).toHaveLength(2);
    deadline.abort();
    expect(await failed).toHaveLength(1);
    expect(deadlineMs).toBeLessThanOrEqual(9500);
    expect(deadlineMs).toBeGreaterThan(0);
    expect(lines().at(-2)).toMatchObject({ message: 'device not pruned' });
    expect(lines().at(-1)).toMatchObject({ DevicesPruned: 2 });
  });

  it('keeps an event for a retry if the table fails for it, and no other', async () => {
    const { registry } = table;
    const away = device({ deviceToken: 'away' });
    const accountsOf: typeof registry.accountsOf = (of) =>
      of.deviceToken === 'away' ? Promise.reject(new Error('no answer')) : registry.accountsOf(of);
    const event = unregisteredEvent({ push: { ...away, verb: 'NotifyTextMessage' } });
    const failed = await prune([device(), away], [event, unregisteredEvent()], {
      registry: { ...registry, accountsOf },
    });
    expect(failed).toEqual([0]);
    expect(await accounts()).toEqual([]);
    expect(lines()[0]).toMatchObject({ level: 'warn', message: 'device not pruned', error: { message: 'no answer' } });
    expect(await prune([], [event])).toEqual([]);
    expect(await accounts(away)).toEqual([]);
  });
});

describe('the rule of pruning', () => {
  const rule = (lastSeenMs: number, nowMs: number, confirmed = true) =>
    whyKept({ confirmed, acceptedAtMs }, lastSeenMs, nowMs);

  it('believes an early verdict, and a late one if a later report would have been written', () => {
    expect(rule(acceptedAtMs, acceptedAtMs)).toBeUndefined();
    expect(rule(acceptedAtMs, acceptedAtMs + minuteMs)).toBeUndefined();
    expect(rule(acceptedAtMs, acceptedAtMs + minuteMs + 1)).toBe('perhaps reported since');
    expect(rule(acceptedAtMs - writeEveryMs + 1, acceptedAtMs + minuteMs + 1)).toBe('perhaps reported since');
    expect(rule(acceptedAtMs - writeEveryMs, acceptedAtMs + 9 * writeEveryMs)).toBeUndefined();
  });

  it('keeps a device that has reported since, and each that is unconfirmed', () => {
    expect(rule(acceptedAtMs + 1, acceptedAtMs + 2)).toBe('reported since');
    expect(rule(acceptedAtMs - writeEveryMs, acceptedAtMs, false)).toBe('unconfirmed');
  });
});
