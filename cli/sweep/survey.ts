import type { PushRules } from '../../shared/push/validation.ts';
import type { Plan } from '../../shared/sweeps/plan.ts';
import { readRows } from '../../shared/sweeps/list/rows.ts';
import { createSelection } from '../../shared/sweeps/selection.ts';
import { emptyTally, type Tally } from '../../shared/sweeps/tally.ts';

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
  /** Devices that are remembered to detect duplicates. */
  readonly maxRememberedDevices: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Is told now and then how many rows have been dealt with. */
  readonly tell?: (rows: number) => void;
}

/** Beyond this number, further AppIds are not counted: the column of a wrong list may contain anything. */
const maxApps = 1000;

/**
 * Counts what a run would do with a list. Nothing is sent.
 * @throws ListError, and the errors of the reading.
 */
export async function surveyList(
  bytes: AsyncIterable<Uint8Array>,
  { tell, ...options }: SurveyDependencies,
): Promise<Survey> {
  const selection = createSelection({ ...options, from: 0, to: 1, throughLine: 0, tally: emptyTally() });
  const pushesByApp = new Map<string, number>();
  for await (const rows of readRows(bytes)) {
    for (const { appId } of selection.select(rows)) {
      const before = pushesByApp.get(appId);
      if (before !== undefined || pushesByApp.size < maxApps) pushesByApp.set(appId, (before ?? 0) + 1);
    }
    tell?.(selection.tally().rows);
  }
  const apps = Array.from(pushesByApp, ([appId, pushes]) => ({ appId, pushes }));
  return { tally: selection.tally(), apps: apps.sort((a, b) => b.pushes - a.pushes) };
}
