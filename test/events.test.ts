import { readdir, readFile } from 'node:fs/promises';
import type { APIGatewayProxyEventV2, SQSEvent } from 'aws-lambda';
import * as v from 'valibot';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGateway } from '../local/sandbox/gateway/gateway.ts';
import { createAccept } from '../functions/accept/handler.ts';
import type { QueuedPush } from '../shared/push/queued-push.ts';
import { createDeliver } from '../functions/deliver/handler.ts';
import { createGateway } from '../functions/deliver/gateway.ts';
import { createSweep } from '../functions/sweep/handler.ts';
import { lambdaContext } from './support/lambda-context.ts';
import { acceptDependencies } from './support/accept.ts';
import { deliverDependencies } from './support/deliver.ts';
import { sendToDevices } from './support/devices.ts';
import { parametersWith } from './support/pushes.ts';
import { receive, startQueues } from './support/queues.ts';
import { startRegistry } from './support/registry.ts';
import { startSweep } from './support/sweep.ts';

const folder = new URL('../events/', import.meta.url);
const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(new URL(name, folder), 'utf8'));

/** The expected effect of each recorded event. The last test fails if a file is missing here. */
const tests: Record<string, (event: unknown) => Promise<void>> = {
  'accept-form-base64.json': expectAccepted,
  'accept-form-plain.json': expectAccepted,
  'accept-json-batch.json': async (event) => {
    const { response, queued } = await acceptEvent(event);
    expect(response.statusCode).toBe(202);
    expect(JSON.parse(response.body ?? '')).toEqual({
      code: 200,
      response: '2 of 3 pushes were accepted.',
      results: [
        { code: 200, response: 'Accepted', id: 'id 1' },
        { code: 200, response: 'Accepted', id: 'id 2' },
        {
          code: 400,
          response: 'DeviceToken is missing.',
          faults: [{ parameter: 'DeviceToken', code: 'missing', detail: 'DeviceToken is missing.' }],
        },
      ],
    });
    const pushes = queued.map(({ push }) => Object.fromEntries(push.parameters));
    expect(pushes).toMatchObject([{ verb: 'NotifyTextMessage', Badge: '3' }, { Message: 'Žluťoučký kůň 😀' }]);
    expect(pushes[0]).not.toHaveProperty('Sound');
    for (const { acceptedAt, expiresAt } of queued) {
      expect(expiresAt?.getTime()).toBe(acceptedAt.getTime() + 3_600_000);
    }
  },
  'accept-bad-request.json': async (event) => {
    const { response, queued } = await acceptEvent(event);
    expect(response.statusCode).toBe(400);
    expect(JSON.parse(response.body ?? '')).toMatchObject({
      faults: [
        { parameter: 'appid', code: 'misspelt' },
        { parameter: 'DeviceToken', code: 'white-space' },
        { parameter: 'Selector', code: 'missing' },
      ],
    });
    expect(queued).toEqual([]);
  },
  'devices-report-json.json': async (event) => {
    const test = await startRegistry();
    onTestFinished(() => test.stop());
    expect(await sendToDevices(test.registry, event, { now: Date.now })).toMatchObject({
      status: 200,
      body: { result: 'registered' },
    });
    const [device] = await test.registry.devicesOf('alice@example.com');
    expect(device).toMatchObject({
      deviceToken: 'LA7U4xm7MqZCVqFPhf4Dz2sILOJ9iVGh0eeTBOyKDRs=',
      call: { appId: 'com.example.softphone.pushkit' },
      version: '6.1',
    });
    expect(device).not.toHaveProperty('platform');
  },
  'deliver-batch-with-bad-record.json': async (event) => {
    const sandbox = await startGateway({ port: 0 });
    const gateway = createGateway({
      url: new URL(`http://127.0.0.1:${String(sandbox.port)}/pnm2`),
      format: 'form',
      connectTimeoutMs: 5000,
      attemptTimeoutMs: 5000,
      maxConnections: 10,
    });
    onTestFinished(() => sandbox.stop());
    const sqsQueues = await startQueues();
    onTestFinished(() => sqsQueues.stop());
    const queues = [
      { name: 'pushes', queueUrl: `${sqsQueues.pushes.url.replace('pushes', '')}pnm2-relay-local-pushes` },
    ];
    const deliver = createDeliver(deliverDependencies(sqsQueues, gateway, { queues }));
    expect(await deliver(event as SQSEvent, lambdaContext())).toEqual({ batchItemFailures: [] });
    const [deadLetter] = await receive(sqsQueues.sqs, sqsQueues.undeliverable);
    expect(deadLetter?.MessageAttributes).toMatchObject({
      reason: { StringValue: 'malformed' },
      pushId: { StringValue: '059f36b4-87a3-44ab-83d2-661975410002' },
    });
    const verbs = sandbox.attempts().map(({ parameters }) => parameters['verb']);
    expect(verbs.toSorted()).toEqual(['NotifyGenericTextMessage', 'NotifyTextMessage']);
  },
  'sweep-tick.json': async (event) => {
    const sweep = await startSweep();
    onTestFinished(() => sweep.stop());
    await sweep.put('devices/list.csv', 'appid,token\ncom.example.softphone,token\n');
    await sweep.plan('nightly', { window: 'PT0S' });
    // The schedule sends the time of the tick; the function does not use it.
    expect(v.parse(v.strictObject({ scheduledTime: v.pipe(v.string(), v.isoTimestamp()) }), event)).toBeDefined();
    const invoke = createSweep(sweep.dependencies);
    expect(await invoke(event, lambdaContext(800_000))).toEqual({ plans: 1 });
    expect(sweep.pushes()).toMatchObject([{ verb: 'NotifyReprovision', deviceToken: 'token' }]);
  },
};

async function acceptEvent(event: unknown) {
  const queued: QueuedPush[] = [];
  const accept = createAccept(acceptDependencies((push) => Promise.resolve(`id ${String(queued.push(push))}`)));
  return { response: await accept(event as APIGatewayProxyEventV2, lambdaContext()), queued };
}

async function expectAccepted(event: unknown): Promise<void> {
  const { response, queued } = await acceptEvent(event);
  expect(response).toMatchObject({ statusCode: 202, body: '{"code":200,"response":"Accepted","id":"id 1"}' });
  const { AppId, ...others } = Object.fromEntries(
    parametersWith({ AppId: 'com.cloudsoftphone.app', Selector: 'C203056764290202B7DA6F61B98671616469AEDB:1DA7349B' }),
  );
  expect(Object.fromEntries(queued[0]?.push.parameters ?? [])).toEqual({ AppId, ...others });
}

describe('a recorded event', () => {
  it.each(Object.entries(tests))('%s has the expected effect', async (name, test) => {
    await test(await read(name));
  });

  it('has a test', async () => {
    expect((await readdir(folder)).toSorted()).toEqual(Object.keys(tests).toSorted());
  });
});
