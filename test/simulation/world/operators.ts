import { messageGroupOf, parseQueuedPush } from '../../../shared/push/queued-push.ts';
import { kinds } from '../history.ts';
import { minute, second } from '../scenario.ts';
import { deviceOfBody } from '../sweeps/sweep-list.ts';
import type { SqsQueue } from '../models/sqs-queue.ts';
import type { Base } from './base.ts';
import { messageNumberOf, type Queues } from './queues.ts';

/** A function that can be deployed, and some of whose instances crash. */
export interface Deployable {
  readonly deploy: () => void;
  readonly doomNext: () => void;
}

/** Messages that are no pushes. */
const strangeBodies = ['hello', '{}', '{"version":99,"parameters":[]}', '{"version":2,"parameters":[["verb"]]}'];

/** Lets somebody put messages that are no pushes on the queue, until the clients have sent all of theirs. */
export function startStrangers(base: Base, { pushes }: Queues, isOver: () => boolean): void {
  const { options, scheduler, history, chanceFor } = base;
  const chance = chanceFor('strangers');
  const disturb = () => {
    const { strangersPerMinute = 0 } = options.scenario;
    if (strangersPerMinute === 0 || isOver()) return;
    const { number } = pushes.send(strangeBodies[chance.below(strangeBodies.length)] ?? '');
    history.record(kinds.stored, number, -1);
    scheduler.after((minute / strangersPerMinute) * chance.between(0.5, 1.5), disturb);
  };
  scheduler.after(second, disturb);
}

/** Lets an operator redrive all dead letters in the minutes of the scenario. */
export function startRedrives({ options, scheduler, history }: Base, { pushes, undeliverable }: Queues): void {
  const redrive = () => {
    for (;;) {
      const receipts = undeliverable.receive(10);
      if (receipts.length === 0) return;
      for (const { message, receiptHandle } of receipts) {
        const reading = parseQueuedPush(message.body);
        const { pushId } = message.attributes;
        if (!reading.ok || pushId === undefined) continue;
        const groupId = messageGroupOf(reading.queued.push.appId);
        const { number } = pushes.send(message.body, { groupId, attributes: { pushId } });
        history.record(kinds.redriven, number, messageNumberOf(pushId.StringValue));
        undeliverable.delete(receiptHandle);
      }
    }
  };
  for (const minutes of options.scenario.redriveAtMinutes ?? []) scheduler.at(minutes * minute, redrive);
}

/** The devices of dead letters that the gateway called unregistered, by their numbers: rows of a list of devices. */
export function deadDevicesOn(undeliverable: SqsQueue): Map<number, string> {
  const rows = new Map<number, string>();
  for (;;) {
    const receipts = undeliverable.receive(10);
    if (receipts.length === 0) return rows;
    for (const { body, attributes } of receipts.map(({ message }) => message)) {
      const reading = parseQueuedPush(body);
      if (!reading.ok || attributes['reason']?.StringValue !== 'unregistered') continue;
      const { appId, deviceToken } = reading.queued.push;
      rows.set(deviceOfBody(body), `${appId},${deviceToken}\n`);
    }
  }
}

/**
 * Crashes instances and deploys functions, as the scenario wants it, until the run is settled.
 * @param crashing the functions whose instances crash.
 */
export function startOperations(
  { options, scheduler, chanceFor }: Base,
  crashing: readonly Deployable[],
  deployed: readonly Pick<Deployable, 'deploy'>[],
  isSettled: () => boolean,
): void {
  const { scenario, onHour } = options;
  const { crashesPerMinute = 0, deployEveryMinutes = Infinity } = scenario;
  const chance = chanceFor('crashes');
  const everyMinute = (minutes: number) => {
    if (isSettled()) return;
    if (minutes % 60 === 0) onHour?.(minutes / 60);
    const crashes = crashesPerMinute < 1 && minutes % Math.round(1 / crashesPerMinute) > 0 ? 0 : crashesPerMinute;
    for (let crash = 0; crash < crashes; crash += 1) {
      for (const { doomNext } of crashing) scheduler.after(chance.between(0, minute), doomNext);
    }
    if (minutes % deployEveryMinutes === 0) for (const { deploy } of deployed) deploy();
    scheduler.after(minute, () => {
      everyMinute(minutes + 1);
    });
  };
  everyMinute(1);
}
