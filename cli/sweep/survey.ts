import { ListError } from '../../shared/sweeps/list/lines.ts';
import { readRows } from '../../shared/sweeps/list/rows.ts';
import { createSelection, maxRememberedDevices } from '../../shared/sweeps/selection.ts';
import { emptyTally, type Tally } from '../../shared/sweeps/tally.ts';
import { UsageError } from '../cli-context.ts';
import { createProgress } from '../progress.ts';
import type { PreviewSettings } from './connection.ts';
import type { Order } from './order.ts';
import type { ReadableList } from './source.ts';

/** What a plan would do with a list. */
export interface Survey {
  /** What it would enqueue is counted as enqueued. */
  readonly tally: Tally;
  /** The pushes by AppId, the most first. */
  readonly apps: readonly AppCount[];
}

interface AppCount {
  readonly appId: string;
  readonly pushes: number;
}

/** Beyond this number, further AppIds are not counted: the column of a wrong list may contain anything. */
const maxApps = 1000;

/**
 * Reads a whole list and counts what a run would do with it.
 * @throws UsageError if the list can't be read, and the reason of an interruption.
 */
export async function surveyList(
  { context }: Pick<PreviewSettings, 'context'>,
  { plan, rules }: Pick<Order, 'plan' | 'rules'>,
  list: ReadableList,
): Promise<Survey> {
  const { stderr, now, interrupted } = context;
  const progress = createProgress(stderr, now);
  const whole = { from: 0, to: 1, throughLine: 0, tally: emptyTally() };
  const selection = createSelection({ plan, rules, ...whole, maxRememberedDevices, now });
  const pushesByApp = new Map<string, number>();
  let bytesRead = 0;
  const bytes = async function* () {
    for await (const chunk of list.open()) {
      interrupted.throwIfAborted();
      bytesRead += chunk.byteLength;
      yield chunk;
    }
  };
  try {
    for await (const rows of readRows(bytes())) {
      for (const { appId } of selection.select(rows)) {
        const before = pushesByApp.get(appId);
        if (before !== undefined || pushesByApp.size < maxApps) pushesByApp.set(appId, (before ?? 0) + 1);
      }
      progress.show(bytesRead, list.bytes, `${String(selection.tally().rows)} rows read`);
    }
  } catch (error) {
    if (error instanceof ListError) throw new UsageError(`${list.title}: ${error.message}`);
    throw error;
  } finally {
    progress.end();
  }
  const apps = Array.from(pushesByApp, ([appId, pushes]) => ({ appId, pushes }));
  return { tally: selection.tally(), apps: apps.sort((a, b) => b.pushes - a.pushes) };
}
