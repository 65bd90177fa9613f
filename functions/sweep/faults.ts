import { isDeepStrictEqual } from 'node:util';
import { faultsKey, planNameOf, plansFolder } from '../../shared/sweeps/keys.ts';
import type { PlanFault } from '../../shared/sweeps/plan.ts';
import { encodeReport, faultsReport, parseReport } from '../../shared/sweeps/report.ts';
import type { Listing, Store, StoredObject } from '../../shared/sweeps/store.ts';

/** Tells beside a plan why it is not worked on. */
export async function tellFaults(
  store: Store,
  { key, etag }: StoredObject,
  faults: readonly PlanFault[],
  nowMs: number,
): Promise<void> {
  const plan = planNameOf(key) ?? key.slice(plansFolder.length);
  const at = faultsKey(plan);
  const earlier = parseReport(faultsReport, (await store.readText(at))?.text ?? '');
  // The same again with each tick would look as if it were new.
  if (earlier?.etag === etag && isDeepStrictEqual(earlier.faults, faults)) return;
  await store.write(at, encodeReport({ plan, etag, at: new Date(nowMs).toISOString(), faults: [...faults] }));
}

/** Takes away what was told of a plan and is mended. @param beside what lies beside the plan. */
export async function clearFaults(store: Store, planName: string, { objects }: Listing): Promise<void> {
  const at = faultsKey(planName);
  if (objects.some(({ key }) => key === at)) await store.remove(at);
}
