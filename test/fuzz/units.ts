import type { MessagePort } from 'node:worker_threads';
import { startQueues } from '../support/queues.ts';
import { runFuzz, type FuzzReport } from './fuzz.ts';
import type { CreateIntake } from './intake.ts';

/** The events of a seed. */
export interface Unit {
  readonly seed: number;
  readonly events: number;
}

/** What a worker is told: to run a unit, or to end it early. */
export type WorkerOrder = { readonly kind: 'run'; readonly unit: Unit } | { readonly kind: 'stop' };

/** What a worker tells of its unit, now and then and at its end. */
export interface WorkerReport {
  readonly report: FuzzReport;
  readonly isDone: boolean;
}

/** One event of this number is sent via SQS, which takes a hundred times as long. */
const sqsEvery = 500;

/** Runs the units that come from a port, with SQS in this thread. */
export async function serveUnits(port: MessagePort, createIntake: CreateIntake): Promise<void> {
  const queues = await startQueues();
  let stopping = new AbortController();
  const tell = (report: WorkerReport): void => {
    port.postMessage(report);
  };
  const run = async ({ seed, events }: Unit): Promise<void> => {
    stopping = new AbortController();
    const report = await runFuzz({
      ...{ seed, events, createIntake, sample: { queues, every: sqsEvery }, signal: stopping.signal },
      onProgress: (soFar) => {
        tell({ report: soFar, isDone: false });
      },
    });
    tell({ report, isDone: true });
  };
  port.on('message', (order: WorkerOrder) => {
    switch (order.kind) {
      case 'run':
        // What this throws ends the thread, and its campaign reports it.
        void run(order.unit);
        break;
      case 'stop':
        stopping.abort();
        break;
      default:
        order satisfies never;
    }
  });
}
