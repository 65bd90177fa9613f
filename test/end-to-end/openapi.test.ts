import { CreateQueueCommand, DeleteQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createApiKey } from '../../shared/api-key.ts';
import { localClient } from '../../shared/local-stack.ts';
import { sendEvent } from '../support/accept.ts';
import { httpEvent } from '../support/http-event.ts';
import { apiDescriptionUrl, contentTypeOf, contradictionsOf, exampleBodies, ownAnswersOf } from '../support/openapi.ts';
import { startStack, type Stack } from '../support/stack.ts';

const backend = createApiKey('backend', []);
const newsletter = createApiKey('newsletter', ['com.example.newsletter']);

let stack: Stack;
let sqs: SQSClient;
beforeAll(async () => {
  stack = await startStack({ API_KEYS: `${backend.entry};${newsletter.entry}`, RETRY_AFTER_SECONDS: '1' });
  sqs = new SQSClient(localClient(`http://127.0.0.1:${String(stack.awsPort)}`));
  const report = new URL('/devices/report', stack.pushUrl);
  report.search = String(
    new URLSearchParams({ account: 'alice', token: 't', appId: 'com.example.app', selector: 'S' }),
  );
  await fetch(report);
});
afterAll(async () => {
  sqs.destroy();
  await stack.interrupt();
});

/** Runs something while the queue `pushes` does not exist. */
async function withoutQueue(run: () => Promise<unknown>): Promise<void> {
  const { QueueUrls: [url = ''] = [] } = await sqs.send(
    new ListQueuesCommand({ QueueNamePrefix: 'pnm2-relay-local-pushes' }),
  );
  await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
  await run();
  await sqs.send(new CreateQueueCommand({ QueueName: url.slice(url.lastIndexOf('/') + 1) }));
}

const push = { verb: 'NotifyReprovision', AppId: 'com.example.app', DeviceToken: 't' };
const toAccount = { verb: 'NotifyReprovision', Account: 'alice' };
const toNobody = { ...toAccount, Account: 'nobody' };
/** With more faults than the answer to a batch names. */
const faulty = { ...push, AppId: 'white space', a: [], b: [], c: {}, d: {}, e: 0.5 };
const form = (parameters: Record<string, string>) => ({ body: new URLSearchParams(parameters) });
const json = (value: unknown, headers: Record<string, string> = {}) => ({
  body: typeof value === 'string' ? value : JSON.stringify(value),
  headers: { 'content-type': 'application/json', ...headers },
});
const key = { 'x-api-key': newsletter.key };

interface Sent {
  readonly method?: string;
  readonly body?: string | URLSearchParams;
  readonly headers?: Record<string, string>;
}

const requests: [status: number, what: string, request: Sent][] = [
  [202, 'a form', form(push)],
  [202, 'a form with TTL', { ...form(push), headers: { TTL: '60' } }],
  [202, 'an object', json(push)],
  [202, 'a batch', json([push, push])],
  [202, 'a form to an account', form(toAccount)],
  [202, 'a batch to accounts and a device', json([toAccount, toNobody, push])],
  [202, 'a batch with faults', json([push, faulty, 7])],
  [202, 'a batch of which some are forbidden', json([push, { ...push, AppId: 'com.example.newsletter' }], key)],
  [400, 'a form without parameters', form({})],
  [400, 'an object with faults', json(faulty)],
  [400, 'an object with an account and a device', json({ ...push, ...toAccount })],
  [400, 'a value that is not a safe integer', json({ ...push, Badge: 1.5 })],
  [400, 'a batch of which every push has faults', json([faulty, { ...push, Message: 'x'.repeat(70_000) }])],
  [400, 'an empty batch', json([])],
  [400, 'a batch of 1,001 pushes', json(Array.from({ length: 1001 }, () => push))],
  [400, 'a body that is not JSON', json('{')],
  [400, 'a body that is not an object', json('7')],
  [400, 'a bad TTL', json(push, { TTL: 'soon' })],
  [400, 'a bad Idempotency-Key', json(push, { 'idempotency-key': '' })],
  [401, 'a wrong key', json(push, { 'x-api-key': 'wrong' })],
  [403, 'a forbidden AppId', json(push, key)],
  [403, 'a batch of which all are forbidden', json([push, push], key)],
  [404, 'an account without a device', json(toNobody)],
  [404, 'an account without a device of the apps of the key', json(toAccount, key)],
  [404, 'a batch to accounts without a device', json([toNobody, toNobody])],
  [405, 'GET', { method: 'GET' }],
  [413, 'a large form', form({ ...push, Message: 'x'.repeat(70_000) })],
  [413, 'a large batch', json([{ ...push, Message: 'x'.repeat(1_048_576) }])],
  [415, 'a text', { body: 'text' }],
  [415, 'a compressed body', json(push, { 'content-encoding': 'gzip' })],
];

describe.each(['/pnm2', '/pnm2/send'])('an answer to %s', (path) => {
  const seen = new Set<string>();
  const check = (status: number, headers: Headers, body: unknown) => {
    seen.add(`${String(status)} ${contentTypeOf(headers)}`);
    return { status, contradictions: contradictionsOf(path, status, headers, body) };
  };
  const send = async ({ headers, ...others }: Sent) => {
    const init = { method: 'POST', headers: { 'x-api-key': backend.key, ...headers }, ...others };
    const response = await fetch(new URL(path, stack.pushUrl), init);
    return check(response.status, response.headers, await response.json());
  };

  it.each(requests)('is as docs/openapi.yaml describes it: %i to %s', async (status, _, request) => {
    expect(await send(request)).toEqual({ status, contradictions: [] });
  });

  it.each(exampleBodies())('is 202 to the example "$name" of $contentType', async ({ contentType, value }) => {
    const isForm = contentType === 'application/x-www-form-urlencoded';
    const request = isForm ? form(value as Record<string, string>) : json(value);
    expect(await send(request)).toEqual({ status: 202, contradictions: [] });
  });

  it('is as docs/openapi.yaml describes it: 202, 409 and 422 to requests with one Idempotency-Key', async () => {
    const same = json(push, { 'idempotency-key': randomUUID() });
    await vi.waitFor(async () => {
      const headers = { ...same.headers, 'idempotency-key': randomUUID() };
      const answers = await Promise.all(Array.from({ length: 10 }, () => send({ ...same, headers })));
      expect(answers).toContainEqual({ status: 409, contradictions: [] });
    }, 10_000);
    for (let times = 0; times < 2; times += 1) expect(await send(same)).toEqual({ status: 202, contradictions: [] });
    expect(await send({ ...json({ ...push, Badge: 1 }), headers: same.headers })).toEqual({
      status: 422,
      contradictions: [],
    });
  });

  it('is as docs/openapi.yaml describes it: 503 while the queue takes nothing', async () => {
    await withoutQueue(async () => {
      for (const request of [form(push), json([push]), json([push, faulty]), form(toAccount), json([toAccount])]) {
        expect(await send(request)).toEqual({ status: 503, contradictions: [] });
      }
    });
  });

  it('is as docs/openapi.yaml describes it: 500 to a bug', async () => {
    const rules = {
      selectorRequired: true,
      get extraVerbs(): never {
        throw new Error('a bug');
      },
    };
    const event = httpEvent({ body: new URLSearchParams(push).toString() });
    const { status = 0, headers, body } = await sendEvent(event, { rules });
    const answer = check(status, new Headers(headers as Record<string, string>), body);
    expect(answer).toEqual({ status: 500, contradictions: [] });
  });

  it('has been seen for each that docs/openapi.yaml describes', () => {
    expect([...seen].toSorted()).toEqual(ownAnswersOf(path).toSorted());
  });
});

describe('docs/examples', () => {
  // Update the file with `npx vitest run test/end-to-end/openapi.test.ts -u`.
  it('has the types of docs/openapi.yaml', async () => {
    const types = COMMENT_HEADER + astToString(await openapiTS(apiDescriptionUrl));
    await expect(types).toMatchFileSnapshot('../../docs/examples/pnm2-relay.d.ts');
  });

  it('sends pushes, and sends those again that the queue did not take', async () => {
    const example = fileURLToPath(new URL('../../docs/examples/send.ts', import.meta.url));
    const env = { ...process.env, RELAY_URL: new URL(stack.pushUrl).origin, API_KEY: backend.key };
    const child = spawn(process.execPath, [example], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill());
    const lines: string[] = [];
    const reading = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    await withoutQueue(() => once(reading, 'line'));
    const [exitCode] = (await once(child, 'close')) as [number];
    // The queue may be back only after the second attempt.
    expect([...new Set(lines)]).toEqual([
      expect.stringMatching(/^refused .*"parameter":"Message","code":"missing"/),
      'not accepted yet: 2',
      expect.stringMatching(/^accepted [\da-f-]{36}$/),
      expect.stringMatching(/^accepted [\da-f-]{36}$/),
    ]);
    expect(exitCode).toBe(0);
  });
});
