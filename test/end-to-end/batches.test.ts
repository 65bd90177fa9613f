import pMap from 'p-map';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { sendPushes } from '../../functions/accept/queue.ts';
import type { ReceivedAttempt } from '../../local/sandbox/api.ts';
import { parseQueuedPush } from '../../shared/push/queued-push.ts';
import { sendEvent } from '../support/accept.ts';
import { httpEvent } from '../support/http-event.ts';
import { patience } from '../support/patience.ts';
import { sqsClientOf } from '../support/queues.ts';
import { startSqsProxy } from '../support/sqs-proxy.ts';
import { startStack, type Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  // An attempt that is slow on a busy machine must not be made twice.
  stack = await startStack({ CONNECT_TIMEOUT_MS: '20000', ATTEMPT_TIMEOUT_MS: '20000' });
});
afterAll(() => stack.interrupt());

let deliveredBefore: number;
beforeEach(async () => {
  await fetch(`${stack.sandboxUrl}/attempts`, { method: 'DELETE' });
  deliveredBefore = allDelivered();
});
const allDelivered = () => stack.lines.filter((line) => line.includes('  delivered ')).length;
/** Resolves when this number of pushes is off the queue. */
const untilDelivered = (count: number) =>
  expect.poll(() => allDelivered() - deliveredBefore, { ...patience, interval: 200 }).toBe(count);

/** The numbers of the pushes that the gateway has received, in order. */
async function receivedNumbers(): Promise<number[]> {
  const pushes = (await (await fetch(`${stack.sandboxUrl}/attempts`)).json()) as ReceivedAttempt[];
  return pushes.map(({ parameters }) => Number(parameters['Message'])).toSorted((a, b) => a - b);
}

const numbersBelow = (end: number) => Array.from({ length: end }, (_, number) => number);
const batchesOf = (numbers: readonly number[], size = 100) =>
  numbersBelow(Math.ceil(numbers.length / size)).map((at) => numbers.slice(at * size, (at + 1) * size));
const pushOf = (number: number) => ({
  ...{ verb: 'NotifyGenericTextMessage', AppId: 'com.example.app', Message: String(number) },
  DeviceToken: `token-${String(number)}`,
});

interface BatchAnswer {
  readonly response: string;
  readonly results: readonly { readonly code: number; readonly id?: string }[];
}

const send = (body: string | Buffer<ArrayBuffer>, contentType = 'application/json') =>
  fetch(`${stack.pushUrl}/send`, {
    method: 'POST',
    headers: { 'content-type': contentType },
    body,
    signal: AbortSignal.timeout(30_000),
  });

describe('pushes in batches of 100', () => {
  it('arrive once each: 3,000 of them', async () => {
    const numbers = numbersBelow(3000);
    const ids = await pMap(
      batchesOf(numbers),
      async (batch) => {
        const response = await send(JSON.stringify(batch.map(pushOf)));
        const { results } = (await response.json()) as BatchAnswer;
        expect(response.status).toBe(202);
        return results.map(({ id }) => id);
      },
      { concurrency: 4 },
    );
    expect(new Set(ids.flat()).size).toBe(numbers.length);
    await untilDelivered(numbers.length);
    expect(await receivedNumbers()).toEqual(numbers);
  });

  it('are answered with 503 where the queue refused them, and sending just these again completes them', async () => {
    // The queue of the local stack refuses every third entry that it gets.
    let entries = 0;
    const stored = new Set<number>();
    const proxy = await startSqsProxy(stack.awsPort, (_action, body) => {
      const { Entries } = JSON.parse(body) as { readonly Entries: readonly { Id: string; MessageBody: string }[] };
      const refused = Entries.filter(() => ++entries % 3 === 0);
      for (const { MessageBody } of Entries.filter((entry) => !refused.includes(entry))) {
        stored.add(numberIn(MessageBody));
      }
      return { refusedEntries: new Set(refused.map(({ Id }) => Id)) };
    });
    onTestFinished(proxy.stop);
    const url = `http://127.0.0.1:${String(proxy.port)}`;
    const sqs = sqsClientOf(url);
    onTestFinished(() => {
      sqs.destroy();
    });

    const numbers = numbersBelow(1000);
    let rounds = 0;
    for (let missing = numbers; missing.length > 0; rounds += 1) {
      const unavailable: number[] = [];
      for (const batch of batchesOf(missing)) {
        const event = httpEvent({
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(batch.map(pushOf)),
        });
        const { body } = await sendEvent(event, {
          enqueueBatch: (pushes, signal) =>
            sendPushes(sqs, `${url}/000000000000/pnm2-relay-local-pushes`, pushes, signal),
        });
        const { results } = body as BatchAnswer;
        expect(results.map(({ code }) => code)).toEqual(batch.map((number) => (stored.has(number) ? 200 : 503)));
        unavailable.push(...batch.filter((_, index) => results[index]?.code === 503));
      }
      missing = unavailable;
    }
    expect(rounds).toBeGreaterThan(1);
    await untilDelivered(numbers.length);
    expect(await receivedNumbers()).toEqual(numbers);
  });
});

const object = JSON.stringify(pushOf(0));
const withBadge = (value: string) => object.replace('{', `{"Badge":${value},`);
const utf16 = Buffer.from(`\uFEFF${object}`, 'utf16le');
const form = 'verb=NotifyReprovision&AppId=com.example.app&DeviceToken=t';
const jsonType = 'application/json';
const formType = 'application/x-www-form-urlencoded';

/** What is sent, the status, what the answer says, and the body with its content type. */
const badRequests: readonly [string, number, RegExp, string | Buffer<ArrayBuffer>, string?][] = [
  ['JSON that is cut', 400, /is not JSON: it ends too early/, object.slice(0, 40)],
  ['nothing', 400, /is not JSON: it is empty/, ''],
  ['a number that is not exact', 400, /^Badge is not a whole number, or too large/, withBadge('9007199254740993')],
  ['a number beyond all bounds', 400, /^Badge is not a whole number, or too large/, withBadge('1e999')],
  ['a number of a hundred thousand digits', 413, /larger than 65536 bytes/, withBadge('9'.repeat(100_000))],
  ['half of a surrogate pair', 400, /^Badge is not valid UTF-8/, withBadge('"\\ud83d"')],
  ['bytes that are not UTF-8', 400, /^Badge is not valid UTF-8/, Buffer.from(withBadge('"\xff"'), 'latin1')],
  ['an object as a value', 400, /^Badge is an object or an array/, withBadge('{"a":1}')],
  ['1,001 pushes', 400, /has 1001 pushes; the maximum is 1000/, `[${Array(1001).fill(object).join()}]`],
  ['an array in an array', 400, /\[0\]: The push is not an object/, `[[${object}]]`],
  ['a hundred thousand arrays in each other', 400, /\[0\]: The push is not/, '['.repeat(1e5) + ']'.repeat(1e5)],
  ['an empty array', 400, /The batch is empty/, '[]'],
  ['a byte order mark', 400, /begins with a byte order mark/, `\uFEFF${object}`],
  ['UTF-16', 400, /is not JSON in UTF-8/, utf16],
  ['UTF-16, and says so', 415, /charset of the body must be UTF-8/, utf16, `${jsonType}; charset=utf-16`],
  ['a form as JSON', 400, /If it is a form, its Content-Type is application\/x-www-form-urlencoded/, form],
  ['JSON as a form', 400, /is JSON, so its Content-Type must be application\/json/, object, formType],
  ['a batch as a form', 400, /is JSON, so its Content-Type must be application\/json/, `[${object}]`, formType],
  ['a faulty push in a batch', 400, /\[0\]: verb is missing.*AppId is missing/, '[{"DeviceToken":"t"}]'],
  ['a batch of more than 1 MiB', 413, /1048576 bytes/, `[${object},"${'x'.repeat(1_048_576)}"]`],
];

describe('JSON that is no push', () => {
  it.each(badRequests)('is refused with words that say why: %s', async (_what, status, words, body, contentType) => {
    const response = await send(body, contentType);
    const answer = (await response.json()) as BatchAnswer;
    expect(answer).toMatchObject({ status, code: status, response: expect.stringMatching(words) as string });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await receivedNumbers()).toEqual([]);
  });

  it('keeps none of the other pushes of its batch from being accepted, and is named by its place', async () => {
    const items = [object, '7', withBadge('[]'), JSON.stringify(pushOf(3))];
    const answer = (await (await send(`[${items.join()}]`)).json()) as BatchAnswer;
    expect(answer).toMatchObject({
      ...{ code: 200, response: '2 of 4 pushes were accepted.' },
      results: [
        { code: 200 },
        { code: 400, response: 'The push is not an object.' },
        { code: 400, faults: [{ parameter: 'Badge', code: 'nested' }] },
        { code: 200 },
      ],
    });
    await untilDelivered(2);
    expect(await receivedNumbers()).toEqual([0, 3]);
  });
});

describe('a content type of JSON', () => {
  it.each(['Application/JSON', 'application/json;charset=UTF-8', 'application/json ; Charset="utf-8"; v=1'])(
    'is recognised in any case and with parameters: %s',
    async (contentType) => {
      expect((await send(object, contentType)).status).toBe(202);
      await untilDelivered(1);
    },
  );
});

function numberIn(messageBody: string): number {
  const reading = parseQueuedPush(messageBody);
  if (!reading.ok) throw new Error(reading.why);
  return Number(Object.fromEntries(reading.queued.push.parameters)['Message']);
}
