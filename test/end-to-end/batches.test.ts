import pMap from 'p-map';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { sendPushes } from '../../functions/accept/queue.ts';
import type { ReceivedPush } from '../../local/sandbox.ts';
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
  await fetch(`${stack.sandboxUrl}/pushes`, { method: 'DELETE' });
  deliveredBefore = allDelivered();
});
const allDelivered = () => stack.lines.filter((line) => line.includes('  delivered ')).length;
/** Resolves when so many pushes are off their queue. */
const untilDelivered = (count: number) =>
  expect.poll(() => allDelivered() - deliveredBefore, { ...patience, interval: 200 }).toBe(count);

/** The numbers of the pushes that the gateway has received, in order. */
async function receivedNumbers(): Promise<number[]> {
  const pushes = (await (await fetch(`${stack.sandboxUrl}/pushes`)).json()) as ReceivedPush[];
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
  it('arrive once each: 10,000 of them', async () => {
    const numbers = numbersBelow(10_000);
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

function numberIn(messageBody: string): number {
  const reading = parseQueuedPush(messageBody);
  if (!reading.ok) throw new Error(reading.why);
  return Number(Object.fromEntries(reading.queued.push.parameters)['Message']);
}
