import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { DevicesDependencies } from '../../../functions/devices/handler.ts';
import { listen } from '../../../local/listen.ts';
import { createDocumentClient } from '../../../shared/aws/dynamodb.ts';
import { createRegistry, type Registry } from '../../../shared/registry/registry.ts';
import { deviceEvent, reported, sendToDevices, type DeviceEventOptions } from '../../support/devices.ts';
import { contentTypeOf, contradictionsOf, ownAnswersOf } from '../../support/openapi.ts';
import { devicesTable, startRegistry, type TestRegistry } from '../../support/registry.ts';

let test: TestRegistry;
beforeAll(async () => {
  test = await startRegistry();
});
afterAll(() => test.stop());

/** A registry whose DynamoDB nobody listens for. */
async function closedRegistry(): Promise<Registry> {
  const { port, stop } = await listen(createServer(), 0);
  await stop();
  const url = `http://127.0.0.1:${String(port)}`;
  const documents = createDocumentClient({ ...test.environment, AWS_ENDPOINT_URL_DYNAMODB: url });
  onTestFinished(() => {
    documents.destroy();
  });
  return createRegistry(documents, devicesTable, Date.now);
}

const faultySigning = new Proxy(['secret'], {
  get() {
    throw new Error('a bug');
  },
});

const requests: [number, DeviceEventOptions, Partial<DevicesDependencies>?][] = [
  [200, { query: reported }],
  [200, { query: reported }],
  [200, { query: { ...reported, version: 'x'.repeat(65) } }],
  [400, { query: { account: 'alice', token: '%pushToken%' } }],
  [400, { body: '{', headers: { 'content-type': 'application/json' } }],
  [401, { query: reported }, { signing: [] }],
  [405, { method: 'PUT', query: reported }],
  [413, { body: 'x'.repeat(20_000) }],
  [415, { body: 'x', headers: { 'content-type': 'multipart/form-data; boundary=x' } }],
  [415, { body: 'x', headers: { 'content-encoding': 'gzip' } }],
  [500, { query: reported }, { signing: faultySigning }],
];

describe.each(['/devices/report', '/devices/remove'])('an answer to %s', (path) => {
  const seen = new Set<string>();
  const send = async (options: DeviceEventOptions, overrides = {}, registry = test.registry) => {
    const { status = 0, headers, body } = await sendToDevices(registry, deviceEvent({ ...options, path }), overrides);
    const sent = new Headers(headers as Record<string, string>);
    seen.add(`${String(status)} ${contentTypeOf(sent)}`);
    return { status, contradictions: contradictionsOf(path, status, sent, body) };
  };

  it.each(requests)('is as docs/openapi.yaml describes it: %i to %j', async (status, options, overrides) => {
    expect(await send(options, overrides)).toEqual({ status, contradictions: [] });
  });

  it('is as docs/openapi.yaml describes it: 503 while DynamoDB is away', async () => {
    expect(await send({ query: reported }, {}, await closedRegistry())).toEqual({ status: 503, contradictions: [] });
  });

  it('has been seen for each that docs/openapi.yaml describes', () => {
    expect([...seen].toSorted()).toEqual(ownAnswersOf(path).toSorted());
  });
});
