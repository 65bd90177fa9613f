import { sqsLimits } from '../../../shared/aws/limits.ts';
import { kinds } from '../history.ts';
import { createQueue, noTrouble, type SqsQueue } from '../models/sqs-queue.ts';
import { counter, epochMs, type Base } from './base.ts';

/** The queues of a relay. The messages of all of them are numbered together. */
export interface Queues {
  readonly pushes: SqsQueue;
  readonly sweeps: SqsQueue;
  readonly undeliverable: SqsQueue;
  readonly outcomeCounts: SqsQueue;
  /** Events of unregistered devices. */
  readonly prunes: SqsQueue;
  readonly all: readonly SqsQueue[];
}

/** As infra/queues.yml has them. */
const visibilitySeconds = 240;
const retentionSeconds = 345_600;
const deadLetterRetentionSeconds = 1_209_600;
const queueMaxReceiveCount = 1000;
/** As infra/registry.yml has it. */
const prunesVisibilitySeconds = 60;

/** Creates the queues. Those that functions receive from by mappings are in trouble, if the scenario has it. */
export function createQueues({ options, scheduler, history, chanceFor }: Base): Queues {
  const { queue: troubleAt, maxInFlight = sqsLimits.inFlightMessages } = options.scenario;
  const numberOf = counter();
  const common = { scheduler, epochMs, visibilitySeconds, maxInFlight };
  const undeliverable = createQueue(
    {
      ...common,
      name: 'undeliverable',
      chance: chanceFor('undeliverable'),
      retentionSeconds: deadLetterRetentionSeconds,
    },
    numberOf,
  );
  const trouble = troubleAt && { trouble: () => ({ ...noTrouble, ...troubleAt(scheduler.now()) }) };
  const createDeliveryQueue = (name: string, concern: string) =>
    createQueue(
      {
        ...common,
        name,
        chance: chanceFor(concern),
        retentionSeconds,
        redrive: { maxReceiveCount: queueMaxReceiveCount, target: undeliverable },
        ...trouble,
        observer: {
          onDuplicate: ({ number }) => {
            history.record(kinds.duplicated, number);
          },
          onRetentionEnd: ({ number }) => {
            history.record(kinds.retentionEnded, number);
          },
          onMove: ({ number }) => {
            history.record(kinds.moved, number);
          },
        },
      },
      numberOf,
    );
  const pushes = createDeliveryQueue('pushes', 'queue');
  const sweeps = createDeliveryQueue('sweeps', 'queue of sweeps');
  const outcomeCounts = createQueue(
    { ...common, name: 'outcome-counts', chance: chanceFor('outcome counts'), retentionSeconds },
    numberOf,
  );
  const prunes = createQueue(
    {
      ...{ ...common, ...trouble, name: 'prunes', chance: chanceFor('prunes'), retentionSeconds },
      visibilitySeconds: prunesVisibilitySeconds,
    },
    numberOf,
  );
  const others = { undeliverable, outcomeCounts, prunes };
  return { pushes, sweeps, ...others, all: [pushes, sweeps, undeliverable, outcomeCounts] };
}

/** Whether nothing is on some queues. */
export function areEmpty(...queues: readonly SqsQueue[]): boolean {
  return queues.every((queue) => {
    const { visible, inFlight, waiting } = queue.counts();
    return visible + inFlight + waiting === 0;
  });
}

/** The number of the message with an id. */
export function messageNumberOf(id = ''): number {
  return Number(id.slice(1));
}
