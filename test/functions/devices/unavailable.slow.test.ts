import { createServer, type RequestListener } from 'node:http';
import { describe, expect, it, type TestContext } from 'vitest';
import { listen } from '../../../local/listen.ts';
import { createDocumentClient } from '../../../shared/aws/dynamodb.ts';
import { deviceHash } from '../../../shared/push/redaction.ts';
import { createRegistry } from '../../../shared/registry/registry.ts';
import { deviceEvent, reported, sendToDevices } from '../../support/devices.ts';

type Cleanup = Pick<TestContext, 'onTestFinished'>;

/** A registry whose DynamoDB is at this port, for one test. */
function registryAt(port: number, { onTestFinished }: Cleanup) {
  const documents = createDocumentClient({
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${String(port)}`,
  });
  onTestFinished(() => {
    documents.destroy();
  });
  return createRegistry(documents, 'devices', Date.now);
}

/** The same, whose DynamoDB answers every call like this. */
async function registryWith(listener: RequestListener, test: Cleanup) {
  const { port, stop } = await listen(createServer(listener), 0);
  test.onTestFinished(stop);
  return registryAt(port, test);
}

const refusing =
  (status: number, type: string): RequestListener =>
  (request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'no' }));
  };

const unavailable = {
  status: 503,
  headers: { 'content-type': 'application/problem+json', 'retry-after': '30' },
  body: { title: 'Service Unavailable', status: 503 },
};
const paths = ['/devices/report', '/devices/remove'];

// At once, because they mostly wait for retries and time limits.
describe.concurrent('while DynamoDB takes nothing, a request is answered with 503 and Retry-After', () => {
  it.for([
    [400, 'ProvisionedThroughputExceededException'],
    [400, 'ThrottlingException'],
    [400, 'RequestLimitExceeded'],
    [400, 'ResourceNotFoundException'],
    [400, 'AccessDeniedException'],
    [500, 'InternalServerError'],
    [503, 'ServiceUnavailable'],
  ] as const)('which answers %i %s', async ([status, type], test) => {
    const registry = await registryWith(refusing(status, type), test);
    for (const path of paths) {
      const answer = await sendToDevices(registry, deviceEvent({ path, query: reported }));
      expect(answer).toMatchObject({
        ...unavailable,
        log: [{ level: 'error', reason: 'registry-unavailable', ReportsUnavailable: 1 }],
      });
    }
  });

  it('which refuses for good: with its error in the log', async (test) => {
    const registry = await registryWith(refusing(400, 'AccessDeniedException'), test);
    const { log } = await sendToDevices(registry, deviceEvent({ query: reported }));
    expect(log).toMatchObject([{ error: { name: 'AccessDeniedException', message: 'no' } }]);
  });

  it('at whose port nobody listens', async (test) => {
    const { port, stop } = await listen(createServer(), 0);
    await stop();
    const answer = await sendToDevices(registryAt(port, test), deviceEvent({ query: reported }));
    expect(answer).toMatchObject({ ...unavailable, log: [{ level: 'error', ReportsUnavailable: 1 }] });
  });

  it('which closes every connection', async (test) => {
    const registry = await registryWith((request) => request.socket.destroy(), test);
    expect(await sendToDevices(registry, deviceEvent({ query: reported }))).toMatchObject(unavailable);
  });

  it.for(paths)('which never answers: within 3 seconds, whatever time the function has (%s)', async (path, test) => {
    const registry = await registryWith((request) => request.resume(), test);
    const startedAt = performance.now();
    const answer = await sendToDevices(registry, deviceEvent({ path, query: reported }));
    expect(performance.now() - startedAt).toBeLessThan(3000);
    const device = deviceHash(reported.appId, reported.token);
    expect(answer).toMatchObject({
      ...unavailable,
      log: [{ level: 'error', why: 'DynamoDB did not answer in time', device, ReportsUnavailable: 1 }],
    });
  });

  it('which takes over a second for each of several calls: within 3 seconds for all of them', async (test) => {
    const registry = await registryWith((request, response) => {
      request.resume();
      setTimeout(() => response.end('{}'), 1200);
    }, test);
    const startedAt = performance.now();
    // It reads the account, writes the device, and reads the account again.
    expect(await sendToDevices(registry, deviceEvent({ query: reported }))).toMatchObject(unavailable);
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });

  it('which never answers: before the deadline of the function', async (test) => {
    const registry = await registryWith((request) => request.resume(), test);
    const startedAt = performance.now();
    const answer = await sendToDevices(registry, deviceEvent({ query: reported }), {}, 800);
    expect(performance.now() - startedAt).toBeLessThan(800);
    expect(answer).toMatchObject({
      ...unavailable,
      log: [{ level: 'error', why: 'DynamoDB did not answer in time', ReportsUnavailable: 1 }],
    });
  });
});

describe('an error of the relay', () => {
  it('is answered with 500, and logged without its message', async (test) => {
    const signing = new Proxy(['secret'], {
      get() {
        throw new Error('a bug of alice');
      },
    });
    const answer = await sendToDevices(registryAt(1, test), deviceEvent({ query: reported }), { signing });
    expect(answer).toMatchObject({
      status: 500,
      log: [{ level: 'error', error: { name: 'Error' }, ReportsFailed: 1 }],
    });
    expect(JSON.stringify(answer)).not.toContain('alice');
  });
});
