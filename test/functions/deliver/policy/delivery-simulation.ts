import { attemptBatch } from '../../../../functions/deliver/attempt.ts';
import { decide, type DeliveryPolicy } from '../../../../functions/deliver/policy/decision.ts';
import { createOutage, type OutageLimits } from '../../../../functions/deliver/policy/outage.ts';
import { NoAnswerError } from '../../../../functions/deliver/no-answer-error.ts';
import { readRecord, type ReceivedRecord } from '../../../../functions/deliver/record.ts';
import { encodeForm } from '../../../../shared/push/form.ts';
import { recordOf } from '../../../support/sqs-event.ts';

/** A push of a simulation. */
export interface SimulatedPush {
  readonly token: string;
  readonly arrivesAtSeconds: number;
}

/** What the gateway answers to an attempt, and after how long. Without a status, there is no answer in time. */
export interface SimulatedAnswer {
  readonly status?: number;
  readonly seconds: number;
}

/** What happened to a push. */
export interface SimulatedFate extends SimulatedPush {
  readonly end: string;
  readonly receives: number;
  readonly endedAtSeconds: number;
  /** Whether an unregistered device is dead beyond doubt. */
  readonly isConfirmed: boolean;
}

export interface DeliverySimulation {
  readonly pushes: readonly SimulatedPush[];
  readonly instances: number;
  readonly batchRecords: number;
  readonly limits: OutageLimits;
  readonly policy: DeliveryPolicy;
  readonly random: () => number;
  readonly answerOf: (token: string, atSeconds: number) => SimulatedAnswer;
  /** The simulation ends then, with the pushes that have ended. */
  readonly untilSeconds?: number;
}

interface Waiting {
  readonly push: SimulatedPush;
  readonly received: ReceivedRecord;
  readonly visibleAtSeconds: number;
}

/**
 * Simulates instances of `deliver` over virtual time, with its own attempts and decisions. An instance that is free
 * receives a batch of the pushes that have been visible for longest; it is free again when its slowest attempt ends.
 */
export async function simulateDelivery(simulation: DeliverySimulation): Promise<SimulatedFate[]> {
  const { pushes, batchRecords, limits, policy, random, answerOf, untilSeconds = Infinity } = simulation;
  const waiting = pushes
    .map((push): Waiting => {
      const received = readRecord(recordOf({ DeviceToken: push.token }));
      return { push, received, visibleAtSeconds: push.arrivesAtSeconds };
    })
    .sort((a, b) => a.visibleAtSeconds - b.visibleAtSeconds);
  const instances = Array.from({ length: simulation.instances }, () => ({ outage: createOutage(limits), freeAt: 0 }));
  const fates: SimulatedFate[] = [];

  for (;;) {
    const instance = instances.reduce((first, other) => (other.freeAt < first.freeAt ? other : first));
    const [next] = waiting;
    if (next === undefined) return fates;
    const startedAt = Math.max(instance.freeAt, next.visibleAtSeconds);
    if (startedAt >= untilSeconds) return fates;
    const firstHidden = waiting.findIndex(({ visibleAtSeconds }) => visibleAtSeconds > startedAt);
    const visible = firstHidden === -1 ? waiting.length : firstHidden;
    const batch = new Map(
      waiting.splice(0, Math.min(batchRecords, visible)).map((one) => [one.received.record.messageId, one]),
    );

    let slowest = 0;
    const post = (form: string) => {
      const answer = answerOf(new URLSearchParams(form).get('DeviceToken') ?? '', startedAt);
      slowest = Math.max(slowest, answer.seconds);
      if (answer.status === undefined) return Promise.reject(new NoAnswerError('no complete answer in time'));
      return Promise.resolve({ status: answer.status, body: '' });
    };
    const attempted = await attemptBatch(
      [...batch.values()].map(({ received }) => received),
      {
        ...{ gateway: { post }, encode: encodeForm, outage: instance.outage },
        ...{ concurrency: 500, mayStart: () => true, now: () => 0 },
      },
    );
    const endedAt = startedAt + slowest;
    instance.freeAt = endedAt;
    const address = {
      isAddressSuspected: instance.outage.addressFault() !== undefined,
      isAddressConfirmed: instance.outage.isAddressConfirmed(),
    };
    for (const { record, receiveCount, outcome } of attempted) {
      const one = batch.get(record.messageId);
      if (one === undefined) throw new Error('not a record of the batch');
      const ageMs = (endedAt - one.push.arrivesAtSeconds) * 1000;
      const input = { receiveCount, ageMs, expiresInMs: Infinity, ...address, chance: random() };
      const decision = decide(outcome, input, policy);
      if (decision.kind === 'retry') {
        const visibleAtSeconds = endedAt + decision.delaySeconds;
        const at = waiting.findIndex((other) => other.visibleAtSeconds > visibleAtSeconds);
        const received = { ...one.received, receiveCount: receiveCount + 1 };
        waiting.splice(at === -1 ? waiting.length : at, 0, { ...one, received, visibleAtSeconds });
      } else {
        const end = decision.kind === 'delete' ? 'delivered' : decision.reason;
        const isConfirmed = 'confirmed' in decision && decision.confirmed;
        fates.push({ ...one.push, end, receives: receiveCount, endedAtSeconds: endedAt, isConfirmed });
      }
    }
  }
}
