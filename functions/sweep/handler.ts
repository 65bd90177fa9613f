import type { Context } from 'aws-lambda';
import { metricsBlob, type Dimensions, type MetricName } from '../../shared/aws/metrics.ts';
import { describeError } from '../../shared/log.ts';
import { listPlans } from '../../shared/sweeps/run-record.ts';
import { recordOutcomes, type OutcomesDependencies } from './outcomes.ts';
import { stopReserveMs } from './slice.ts';
import { processPlan, type PlanDependencies } from './plan.ts';

type TickDependencies = PlanDependencies & OutcomesDependencies;

export interface SweepDependencies extends Omit<TickDependencies, 'owner' | 'remainingMs' | 'count'> {
  readonly dimensions: Dimensions;
}

type Invocation = Pick<Context, 'getRemainingTimeInMillis' | 'awsRequestId'>;

/**
 * Creates the handler of a tick, which works on each plan in the bucket. All state between two ticks is in the bucket.
 * A plan fails alone; the invocation then fails in the end, so that the platform reports it and retries the tick. In the
 * time that is left, it counts how the pushes of runs ended.
 */
export function createSweep(
  dependencies: SweepDependencies,
): (event: unknown, context: Invocation) => Promise<{ readonly plans: number }> {
  const { store, dimensions, tickMs, now, log } = dependencies;

  return async (_event, context) => {
    const remainingMs = () => context.getRemainingTimeInMillis();
    const metrics: Partial<Record<MetricName, number>> = {};
    const ofTick: TickDependencies = {
      ...dependencies,
      owner: context.awsRequestId,
      remainingMs,
      count: (name, value) => (metrics[name] = (metrics[name] ?? 0) + value),
    };
    const plans = await listPlans(store);
    let failed = 0;
    for (const plan of rotated(plans, Math.floor(now() / tickMs))) {
      if (remainingMs() < stopReserveMs) {
        log.warn('no time left for a plan', { plan: plan.key });
        continue;
      }
      try {
        await processPlan(plan, ofTick);
      } catch (error) {
        failed += 1;
        log.error('plan failed', { plan: plan.key, error: describeError(error) });
      }
    }
    if (Object.keys(metrics).length > 0) log.metrics(metricsBlob(metrics, dimensions, now()));
    await recordOutcomes(ofTick);
    if (failed > 0) throw new Error(`${String(failed)} of ${String(plans.length)} plans failed`);
    return { plans: plans.length };
  };
}

/** Each tick begins with another plan, so that one whose slices take all the time does not hold up the others for ever. */
function rotated<T>(items: readonly T[], turn: number): T[] {
  const first = turn % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}
