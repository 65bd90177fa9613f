import type { Context } from 'aws-lambda';
import type { MetricName } from '../../shared/aws/metrics.ts';
import { metricsBlob, type Dimensions, type MetricValues } from '../../shared/aws/metrics.ts';
import { describeError, type Log } from '../../shared/log.ts';
import { listPlans } from '../../shared/sweeps/run-record.ts';
import { countsOf } from '../../shared/sweeps/tally.ts';
import { processPlan, type PlanDependencies, type PlanEvent } from './plan.ts';

export interface SweepDependencies extends Omit<PlanDependencies, 'owner' | 'remainingMs'> {
  readonly dimensions: Dimensions;
  readonly log: Log;
}

type Invocation = Pick<Context, 'getRemainingTimeInMillis' | 'awsRequestId'>;

/**
 * Creates the handler of a tick, which works on each plan in the bucket. All state between two ticks is in the bucket.
 * A plan fails alone; the invocation then fails in the end, so that the platform reports it and retries the tick.
 */
export function createSweep(
  dependencies: SweepDependencies,
): (event: unknown, context: Invocation) => Promise<{ readonly plans: number }> {
  const { store, dimensions, tickMs, stopReserveMs, now, log } = dependencies;

  return async (_event, context) => {
    const remainingMs = () => context.getRemainingTimeInMillis();
    const ofTick: PlanDependencies = { ...dependencies, owner: context.awsRequestId, remainingMs };
    const plans = await listPlans(store);
    const events: PlanEvent[] = [];
    let failed = 0;
    for (const plan of rotated(plans, Math.floor(now() / tickMs))) {
      if (remainingMs() < stopReserveMs) {
        log.warn('no time left for a plan', { plan: plan.key });
        continue;
      }
      try {
        for await (const event of processPlan(plan, ofTick)) {
          events.push(event);
          logEvent(event, plan.key, log);
        }
      } catch (error) {
        failed += 1;
        log.error('plan failed', { plan: plan.key, error: describeError(error) });
      }
    }
    const metrics = metricsOf(events);
    if (Object.keys(metrics).length > 0) log.metrics(metricsBlob(metrics, dimensions, now()));
    if (failed > 0) throw new Error(`${String(failed)} of ${String(plans.length)} plans failed`);
    return { plans: plans.length };
  };
}

/** Each tick begins with another plan, so that one whose slices take all the time does not hold up the others for ever. */
function rotated<T>(items: readonly T[], turn: number): T[] {
  const first = turn % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

function logEvent(event: PlanEvent, planKey: string, log: Log): void {
  switch (event.kind) {
    case 'refused':
      log.warn('plan refused', { plan: planKey, faults: event.faults });
      return;
    case 'slice': {
      const { plan, run, slice, slices, end, ms } = event;
      const counts = end.kind === 'finished' ? countsOf(end.report) : {};
      log.info('slice', { plan, run, slice, slices, end: end.kind, ms, ...counts });
      return;
    }
    case 'run': {
      const { plan, run, slices, startedAt, finishedAt } = event.summary;
      log.info('run', { plan, run, slices, startedAt, finishedAt, ...countsOf(event.summary) });
      return;
    }
    default:
      event satisfies never;
  }
}

function metricsOf(events: readonly PlanEvent[]): MetricValues {
  const values: Partial<Record<MetricName, number>> = {};
  const add = (name: MetricName, value: number) => (values[name] = (values[name] ?? 0) + value);
  for (const event of events) {
    if (event.kind === 'refused') add('PlansRefused', 1);
    if (event.kind !== 'slice' || event.end.kind !== 'finished') continue;
    const { enqueued, duplicates, filtered, refused } = event.end.report;
    add('SlicesFinished', 1);
    add('Enqueued', enqueued);
    add('Duplicates', duplicates);
    add('RowsFiltered', filtered);
    add('RowsRefused', refused);
  }
  return values;
}
