import type { PushRules } from '../../shared/push/validation.ts';
import { createFingerprintSet } from '../../functions/sweep/fingerprint-set.ts';
import { dealWithPiece } from '../../functions/sweep/pass.ts';
import type { Plan } from '../../shared/sweeps/plan.ts';
import type { Pass } from '../../shared/sweeps/report.ts';
import { readRows } from '../../shared/sweeps/list/rows.ts';
import { countFrom, emptyTally, type Tally } from '../../shared/sweeps/tally.ts';

/** What a plan would do with a list. */
export interface Survey {
  /** What is counted as enqueued would be. */
  readonly tally: Tally;
  /** The pushes by AppId, the most first, as far as there is room to tell them apart. */
  readonly apps: readonly AppCount[];
}

export interface AppCount {
  readonly appId: string;
  readonly pushes: number;
}

export interface SurveyDependencies {
  readonly plan: Plan;
  readonly rules: PushRules;
  /** Devices that are remembered at once, to know the duplicates. */
  readonly rememberedDevices: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Is told now and then how many rows have been dealt with. */
  readonly tell?: (rows: number) => void;
}

/** A list may have anything in the column of its apps; no operator has so many. */
const appsAtMost = 1000;

/**
 * Deals with all of a list as the slices of a run do together, and sends nothing.
 * @param open gives the bytes of the list; a list with more devices than can be remembered is read more than once.
 * @throws ListError, and whatever the reading throws.
 */
export async function surveyList(
  open: () => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>,
  { plan, rules, rememberedDevices, now, tell }: SurveyDependencies,
): Promise<Survey> {
  const count = countFrom(emptyTally);
  const pushesByApp = new Map<string, number>();
  let passes: readonly Pass[] = [{ from: 0, to: 1, throughLine: 0 }];
  for (let pass = passes[0]; pass !== undefined; pass = passes[0]) {
    const known = createFingerprintSet(rememberedDevices);
    for await (const piece of readRows(await open())) {
      const step = dealWithPiece(pass, piece, { plan, rules, known, count, now });
      pass = step.pass;
      passes = [pass, ...step.splitOff.toReversed(), ...passes.slice(1)];
      for (const { appId } of step.pushes) {
        const before = pushesByApp.get(appId);
        if (before !== undefined || pushesByApp.size < appsAtMost) pushesByApp.set(appId, (before ?? 0) + 1);
      }
      tell?.(count.tally().rows);
    }
    passes = passes.slice(1);
  }
  const apps = Array.from(pushesByApp, ([appId, pushes]) => ({ appId, pushes }));
  return { tally: count.tally(), apps: apps.sort((a, b) => b.pushes - a.pushes) };
}
