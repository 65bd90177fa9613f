import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../../../local/listen.ts';
import { createDocumentClient } from '../../../shared/aws/dynamodb.ts';
import { createRegistry } from '../../../shared/registry/registry.ts';
import { deviceEvent, reported, sendToDevices } from '../../support/devices.ts';
import { devicesTable, startRegistry } from '../../support/registry.ts';

/** A registry behind a proxy that remembers what is written. A write that the SDK repeats counts once. */
async function startWatchedRegistry() {
  const { environment, registry: direct, stop } = await startRegistry();
  onTestFinished(stop);
  const writes = new Set<string>();
  const server = createServer((request, response) => {
    const forward = async () => {
      const body = await text(request);
      if (String(request.headers['x-amz-target']).endsWith('.PutItem')) writes.add(body);
      const { 'x-amz-target': target, authorization } = request.headers;
      const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': String(target) };
      const url = environment.AWS_ENDPOINT_URL_DYNAMODB;
      const signed = {
        ...headers,
        authorization: String(authorization),
        'x-amz-date': String(request.headers['x-amz-date']),
      };
      const answer = await fetch(url, { method: 'POST', headers: signed, body });
      response.writeHead(answer.status, { 'content-type': headers['content-type'] }).end(await answer.text());
    };
    forward().catch(() => response.destroy());
  });
  const { port, stop: stopProxy } = await listen(server, 0);
  onTestFinished(stopProxy);
  const documents = createDocumentClient({
    ...environment,
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${String(port)}`,
  });
  onTestFinished(() => {
    documents.destroy();
  });
  return { registry: createRegistry(documents, devicesTable, Date.now), direct, writes };
}

const reports = 300;
/** Lambda has an instance for each concurrent request; here they share one client. */
const concurrency = 20;

describe('a burst of reports', () => {
  it('is registered without a loss, and written only once', async () => {
    const { registry, direct, writes } = await startWatchedRegistry();
    const statuses: (number | undefined)[] = [];
    const reportAll = async (firstMs: number, version: string) => {
      let next = 0;
      const worker = async () => {
        while (next < reports) {
          const account = `account-${String(next++)}`;
          const event = deviceEvent({ query: { ...reported, account, version }, atMs: firstMs });
          statuses.push((await sendToDevices(registry, event)).status);
        }
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
    };
    const firstMs = Date.now();
    await reportAll(firstMs, '1');
    expect(writes.size).toBe(reports);
    await reportAll(firstMs + 3_600_000, '1');
    expect(writes.size).toBe(reports);
    await reportAll(firstMs + 3_600_000, '2');
    expect(writes.size).toBe(2 * reports);
    expect(statuses).toHaveLength(3 * reports);
    expect(new Set(statuses)).toEqual(new Set([200]));
    let devices = 0;
    for await (const page of direct.scan()) devices += page.filter(({ version }) => version === '2').length;
    expect(devices).toBe(reports);
  });
});
