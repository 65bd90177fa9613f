import type { Context } from 'aws-lambda';
import type { MetricName } from '../../shared/aws/metric-names.ts';
import { metricsBlob, type Dimensions, type MetricValues } from '../../shared/aws/metrics-blob.ts';
import { describeError, type Log } from '../../shared/log.ts';
import { plansFolder } from '../../shared/sweeps/keys.ts';
import { workOnPlan, type PlanDependencies, type PlanEvent } from './plan-work.ts';
import type { SliceReport } from '../../shared/sweeps/report.ts';

/** What a sweep needs of the world. */
export interface SweepDependencies extends Omit<PlanDependencies, 'owner' | 'remainingMs'> {
  readonly dimensions: Dimensions;
  readonly log: Log;
}

type Invocation = Pick<Context, 'getRemainingTimeInMillis' | 'awsRequestId'>;

/**
 * A tick: works on the slice of each plan whose time has come. Nothing is kept from tick to tick but what lies in the
 * bucket. A plan fails alone; the platform is told all the same, and tries the tick again.
 */
export function createSweep(
  dependencies: SweepDependencies,
): (event: unknown, context: Invocation) => Promise<{ readonly plans: number }> {
  const { store, dimensions, tickMs, stopReserveMs, now, log } = dependencies;

  return async (_event, context) => {
    const remainingMs = () => context.getRemainingTimeInMillis();
    const ofTick: PlanDependencies = { ...dependencies, owner: context.awsRequestId, remainingMs };
    const { objects } = await store.list(plansFolder);
    // The console makes an object of the folder itself.
    const plans = objects.filter(({ key }) => key !== plansFolder);
    const events: PlanEvent[] = [];
    let failed = 0;
    for (const plan of inTurn(plans, Math.floor(now() / tickMs))) {
      if (remainingMs() < stopReserveMs) {
        log.warn('no time left for a plan', { plan: plan.key });
        continue;
      }
      try {
        for await (const event of workOnPlan(plan, ofTick)) {
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

/** Another one first each time, so that a plan whose slices take all the time of a tick leaves the others their turn. */
function inTurn<T>(items: readonly T[], turn: number): T[] {
  if (items.length === 0) return [];
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
      const done = end.kind === 'finished' ? countsOf(end.report) : {};
      log.info('slice', { plan, run, slice, slices, end: end.kind, ms, ...done });
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

/** A report in numbers: its rows are in the bucket. */
function countsOf({
  rows,
  enqueued,
  duplicates,
  filtered,
  refused,
}: Pick<SliceReport, 'rows' | 'enqueued' | 'duplicates' | 'filtered' | 'refused'>) {
  return { rows, enqueued, duplicates, filtered, refused };
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
