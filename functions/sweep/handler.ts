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
 * Creates the handler of a tick, which works on each plan in the bucket, and counts how the pushes of runs ended. All state
 * between two ticks is in the bucket and on the queues.
 */
export function createSweep(
  dependencies: SweepDependencies,
): (event: unknown, context: Invocation) => Promise<{ readonly plans: number }> {
  const { dimensions, now, log } = dependencies;

  return async (_event, context) => {
    const metrics: Partial<Record<MetricName, number>> = {};
    const ofTick: TickDependencies = {
      ...dependencies,
      owner: context.awsRequestId,
      remainingMs: () => context.getRemainingTimeInMillis(),
      count: (name, value) => (metrics[name] = (metrics[name] ?? 0) + value),
    };
    // At once: a slice can take all the time of the tick, and the other one mostly waits.
    const [worked, recorded] = await Promise.allSettled([processPlans(ofTick), recordOutcomes(ofTick)]);
    if (Object.keys(metrics).length > 0) log.metrics(metricsBlob(metrics, dimensions, now()));
    if (worked.status === 'rejected') throw worked.reason;
    if (recorded.status === 'rejected') throw recorded.reason;
    return { plans: worked.value };
  };
}

/**
 * Works on each plan, which fails alone. It then rejects in the end, so that the platform reports it and retries the tick.
 * @returns the number of plans.
 */
async function processPlans(dependencies: TickDependencies): Promise<number> {
  const { store, tickMs, remainingMs, now, log } = dependencies;
  const plans = await listPlans(store);
  let failed = 0;
  for (const plan of rotated(plans, Math.floor(now() / tickMs))) {
    if (remainingMs() < stopReserveMs) {
      log.warn('no time left for a plan', { plan: plan.key });
      continue;
    }
    try {
      await processPlan(plan, dependencies);
    } catch (error) {
      failed += 1;
      log.error('plan failed', { plan: plan.key, error: describeError(error) });
    }
  }
  if (failed > 0) throw new Error(`${String(failed)} of ${String(plans.length)} plans failed`);
  return plans.length;
}

/** Each tick begins with another plan, so that one whose slices take all the time does not hold up the others for ever. */
function rotated<T>(items: readonly T[], turn: number): T[] {
  const first = turn % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}
