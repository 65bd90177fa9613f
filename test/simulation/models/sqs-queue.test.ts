import { expect, it } from 'vitest';
import { createChances } from '../kernel/chance.ts';
import { createScheduler } from '../kernel/scheduler.ts';
import { createQueue, type QueueOptions, type SqsQueue } from './sqs-queue.ts';

function start(overrides: Partial<QueueOptions> = {}) {
  const scheduler = createScheduler();
  let next = 0;
  const options = {
    scheduler,
    epochMs: 0,
    chance: createChances(1)('queue'),
    maxInFlight: 100,
    retentionSeconds: 1000,
  };
  const create = (name: string, more: Partial<QueueOptions> = {}): SqsQueue =>
    createQueue({ ...options, name, visibilitySeconds: 30, ...more }, () => next++);
  const undeliverable = create('undeliverable');
  const queue = create('pushes', overrides);
  const bodies = () => queue.receive(10).map(({ message }) => message.body);
  return { scheduler, queue, undeliverable, bodies };
}

/** Lets time pass, also without an event. */
async function passUntil({ scheduler }: ReturnType<typeof start>, seconds: number) {
  scheduler.at(seconds * 1000, () => undefined);
  await scheduler.run(seconds * 1000);
}

it('hides a received message for its visibility time-out, and counts its receives', async () => {
  const world = start();
  world.queue.send('a');
  expect(world.queue.receive(10)).toMatchObject([{ receiveCount: 1 }]);
  await passUntil(world, 29);
  expect(world.bodies()).toEqual([]);
  await passUntil(world, 30);
  expect(world.queue.receive(10)).toMatchObject([{ receiveCount: 2 }]);
});

it('hides a message for as long as a change of its visibility says, counted from the change', async () => {
  const world = start();
  world.queue.send('a');
  const [receipt] = world.queue.receive(10);
  await passUntil(world, 20);
  expect(world.queue.changeVisibility(receipt?.receiptHandle ?? '', 100)).toBeDefined();
  await passUntil(world, 119);
  expect(world.bodies()).toEqual([]);
  await passUntil(world, 120);
  expect(world.bodies()).toEqual(['a']);
});

it('does not change the visibility of a message that is visible or deleted', async () => {
  const world = start();
  world.queue.send('a');
  const handle = world.queue.receive(10)[0]?.receiptHandle ?? '';
  await passUntil(world, 31);
  expect(() => world.queue.changeVisibility(handle, 100)).toThrow('not in flight');
  expect(world.queue.delete(handle).isGone).toBe(true);
  expect(() => world.queue.changeVisibility(handle, 100)).toThrow('not in flight');
  expect(world.queue.delete(handle).isGone).toBe(false);
});

it('refuses the receipt handle of another queue', () => {
  const { queue } = start();
  expect(() => queue.delete('0/other/1')).toThrow('invalid');
});

it('delays a sent message', async () => {
  const world = start();
  world.queue.send('a', { delaySeconds: 10 });
  expect(world.bodies()).toEqual([]);
  expect(world.queue.counts()).toEqual({ visible: 0, inFlight: 0, waiting: 1 });
  await passUntil(world, 10);
  expect(world.bodies()).toEqual(['a']);
});

it('moves a message that was received as often as allowed, with its id and its sent time', async () => {
  const { undeliverable } = start();
  const world = start({ redrive: { maxReceiveCount: 2, target: undeliverable } });
  world.queue.send('b', { delaySeconds: 900 });
  const { id, sentAt } = world.queue.send('a');
  for (const at of [0, 30, 60]) {
    await passUntil(world, at);
    world.queue.receive(10);
  }
  expect(world.queue.counts()).toEqual({ visible: 0, inFlight: 0, waiting: 1 });
  expect(undeliverable.receive(10)).toMatchObject([{ message: { id, sentAt, body: 'a' } }]);
});

it('deletes a message when its retention is over, also one in flight', async () => {
  const gone: string[] = [];
  const world = start({ observer: { onRetentionEnd: ({ id }) => gone.push(id) } });
  const { id } = world.queue.send('a');
  const [receipt] = world.queue.receive(10);
  world.queue.changeVisibility(receipt?.receiptHandle ?? '', 5000);
  await passUntil(world, 999);
  expect(world.queue.counts().inFlight).toBe(1);
  await passUntil(world, 1000);
  expect(world.queue.counts().inFlight).toBe(0);
  expect(gone).toEqual([id]);
});

it('hands out nothing while as many messages are in flight as it allows', () => {
  const { queue } = start({ maxInFlight: 3 });
  for (let sent = 0; sent < 5; sent += 1) queue.send(String(sent));
  const received = queue.receive(10);
  expect(received).toHaveLength(3);
  expect(queue.isFull()).toBe(true);
  queue.delete(received[0]?.receiptHandle ?? '');
  expect(queue.receive(10)).toHaveLength(1);
  expect(queue.mostInFlight()).toBe(3);
});

it('calls back who waits for a message as soon as there is one', async () => {
  const world = start();
  const seen: number[] = [];
  world.queue.whenVisible(() => seen.push(world.scheduler.now()));
  world.queue.whenVisible(() => seen.push(world.scheduler.now()));
  world.queue.send('a', { delaySeconds: 10 });
  await passUntil(world, 20);
  expect(seen).toEqual([10_000]);
  world.queue.send('b');
  expect(seen).toEqual([10_000, 20_000]);
});

it('hands out a message again early, or keeps a deleted one, where trouble says so', async () => {
  const duplicated = start({ trouble: () => ({ duplicate: 1, forgetDelete: 0, reorder: 1 }) });
  duplicated.queue.send('a');
  duplicated.queue.receive(10);
  await passUntil(duplicated, 20);
  expect(duplicated.bodies()).toEqual(['a']);

  const forgetful = start({ trouble: () => ({ duplicate: 0, forgetDelete: 1, reorder: 1 }) });
  forgetful.queue.send('a');
  const [receipt] = forgetful.queue.receive(10);
  expect(forgetful.queue.delete(receipt?.receiptHandle ?? '').isGone).toBe(false);
  await passUntil(forgetful, 30);
  expect(forgetful.bodies()).toEqual(['a']);
});

it('keeps the order of a group, unless trouble changes it', () => {
  const sent = Array.from({ length: 10 }, (_, index) => String(index));
  const inOrder = start();
  const outOfOrder = start({ trouble: () => ({ duplicate: 0, forgetDelete: 0, reorder: 10 }) });
  for (const body of sent) for (const { queue } of [inOrder, outOfOrder]) queue.send(body);
  expect(inOrder.bodies()).toEqual(sent);
  const received = outOfOrder.bodies();
  expect(received).not.toEqual(sent);
  expect(received.toSorted()).toEqual(sent);
});

it('prefers the groups that have few messages in flight', () => {
  const { queue } = start({ maxInFlight: 1000 });
  for (let sent = 0; sent < 200; sent += 1) queue.send('noisy', { groupId: 'noisy' });
  for (let received = 0; received < 5; received += 1) queue.receive(10);
  for (const groupId of ['b', 'c', 'd']) queue.send('quiet', { groupId });
  const bodies = queue.receive(3).map(({ message }) => message.body);
  expect(bodies).toEqual(['quiet', 'quiet', 'quiet']);
});
