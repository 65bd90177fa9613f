import * as v from 'valibot';
import type { Desk } from '../dead-letters/desk.ts';
import type { Letter } from '../dead-letters/letters.ts';
import { countLetters, startReading } from '../dead-letters/reading.ts';
import { Mistake } from '../mistake.ts';
import type { Follow } from './smoke.ts';

/** Where a push is. */
export type Whereabouts =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'delivered'; readonly how: string }
  | { readonly kind: 'undeliverable'; readonly why: string };

/** How often the dead letters are looked through while the queue is busy; each look hides them from other readers. */
const lookEveryMs = 10_000;

/**
 * Follows a push in the queues: it is on its queue, or a dead letter, or was delivered.
 * @param settleMs how long the queue must have been empty to be believed: on AWS its count lags behind.
 */
export function followInQueues(desk: Desk, settleMs: number): Follow {
  const { sqs, queueUrl, surroundings } = desk;
  const { now } = surroundings;
  const queue = queueUrl('pushes');
  if (queue === undefined) {
    throw new Mistake('The queue of the queue pushes is not known: give it with --queue-url pushes=URL.');
  }
  let emptySince: number | undefined;
  let lookedAt = now();
  return async (id) => {
    // The queue first: what leaves it as undeliverable is a dead letter before.
    const { visible, hidden } = await countLetters(sqs, queue);
    emptySince = visible + hidden === 0 ? (emptySince ?? now()) : undefined;
    const isGone = emptySince !== undefined && now() - emptySince >= settleMs;
    if (!isGone && now() - lookedAt < lookEveryMs) return { kind: 'waiting' };
    lookedAt = now();
    const letter = await findLetter(desk, id);
    if (letter !== undefined) {
      const { reason, status, words } = letter;
      return { kind: 'undeliverable', why: [reason, status, words].filter((part) => part !== undefined).join(' ') };
    }
    return isGone ? { kind: 'delivered', how: 'its queue is empty, and it is no dead letter' } : { kind: 'waiting' };
  };
}

async function findLetter({ sqs, undeliverableUrl, surroundings }: Desk, id: string): Promise<Letter | undefined> {
  const reading = startReading({ sqs, queueUrl: undeliverableUrl, interrupted: surroundings.interrupted });
  const found: Letter[] = [];
  try {
    await reading.each((letters) => {
      found.push(...letters.filter(({ pushId }) => pushId === id));
      if (found.length > 0) reading.stop();
      return Promise.resolve();
    });
  } finally {
    await reading.release();
  }
  return found[0];
}

const receivedPushes = v.array(
  v.object({ status: v.nullable(v.number()), parameters: v.record(v.string(), v.string()) }),
);

/**
 * Follows a push at a sandbox, which tells what it received.
 * @param mark the value of the parameter `Id` by which the push is known there.
 */
export function followAtSandbox(sandboxUrl: URL, mark: string): Follow {
  return async () => {
    const url = new URL('/pushes', sandboxUrl);
    const answer = await fetch(url).then(
      (response) => response.json(),
      () => undefined,
    );
    const read = v.safeParse(receivedPushes, answer);
    if (!read.success) throw new Mistake(`No sandbox answers at ${url.href}: check --sandbox.`);
    const isThere = read.output.some(({ status, parameters }) => status === 200 && parameters['Id'] === mark);
    return isThere ? { kind: 'delivered', how: 'the sandbox has it' } : { kind: 'waiting' };
  };
}
