import { createAccept } from '../functions/accept/handler.ts';
import { createOutage } from '../functions/deliver/policy/outage.ts';
import { createDeliver } from '../functions/deliver/handler.ts';
import { createLog } from '../shared/log.ts';
import { lambdaContext } from '../local/lambda-context.ts';
import { pushEvent, queuedPushes, randomForm } from './events.ts';

/** The length of what `accept` logs of a push that it accepts. */
export async function acceptLogBytes(): Promise<number> {
  const counted = countingLog();
  const accept = createAccept({
    enqueue: () => Promise.resolve('059f36b4-87a3-44ab-83d2-661975830a7d'),
    access: { kind: 'open' },
    rules: { extraVerbs: [], selectorRequired: true },
    maxBodyBytes: 65_536,
    retryAfterSeconds: 5,
    answerReserveMs: 500,
    dimensions: { Stage: 'prod' },
    now: Date.now,
    log: counted.log,
  });
  await accept(pushEvent(randomForm(), ''), lambdaContext());
  return counted.bytes();
}

/** The length of what `deliver` logs of a batch that is delivered. */
export async function deliverLogBytes(records: number): Promise<number> {
  const counted = countingLog();
  const nothing = () => Promise.resolve({ done: [], failed: [] });
  const deliver = createDeliver({
    gateway: { post: () => Promise.resolve({ status: 200, body: '', cut: false }) },
    outage: createOutage(20),
    dimensions: { Stage: 'prod' },
    queues: [{ name: 'pushes', queueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/pushes' }],
    policy: { backoffBaseSeconds: 2, backoffCapSeconds: 900, lifetimeSeconds: 86_400, maxReceiveCount: 1000 },
    concurrency: 500,
    startReserveMs: 0,
    answerReserveMs: 0,
    delay: nothing,
    sendDeadLetters: nothing,
    now: Date.now,
    random: Math.random,
    log: counted.log,
  });
  await deliver(queuedPushes(records, Date.now()).event, lambdaContext());
  return counted.bytes();
}

function countingLog() {
  let bytes = 0;
  const log = createLog((line) => {
    bytes += Buffer.byteLength(line);
  });
  return { log, bytes: () => bytes };
}
