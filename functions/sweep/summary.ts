import pMap from 'p-map';
import { reportKey, summaryKey } from '../../shared/sweeps/keys.ts';
import { encodeReport, parseReport, sliceReport, type RunSummary } from '../../shared/sweeps/report.ts';
import type { Run } from '../../shared/sweeps/run.ts';
import type { Store } from '../../shared/sweeps/store.ts';
import { addTallies } from '../../shared/sweeps/tally.ts';

/** Reports that are read at once. */
const readAtOnce = 16;

/** Adds the reports of a run up, and leaves the summary that says that it has ended. @throws whatever the bucket throws. */
export async function summarizeRun(store: Store, planName: string, run: Run, slices: number): Promise<RunSummary> {
  const indices = Array.from({ length: slices }, (_, index) => index);
  const reports = await pMap(
    indices,
    async (index) => {
      const key = reportKey(planName, run.id, index);
      const report = parseReport(sliceReport, (await store.readText(key))?.text ?? '');
      if (report === undefined) throw new Error(`${key} is no report of a slice`);
      return report;
    },
    { concurrency: readAtOnce },
  );
  const [first] = reports;
  if (first === undefined) throw new Error(`the run ${run.id} has no slices`);
  const earliest = (times: readonly string[]) => times.reduce((a, b) => (a < b ? a : b));
  const latest = (times: readonly string[]) => times.reduce((a, b) => (a > b ? a : b));
  const summary: RunSummary = {
    plan: planName,
    run: run.id,
    verb: first.verb,
    slices,
    dueFrom: earliest(reports.map(({ dueFrom }) => dueFrom)),
    dueTo: latest(reports.map(({ dueTo }) => dueTo)),
    startedAt: earliest(reports.map(({ startedAt }) => startedAt)),
    finishedAt: latest(reports.map(({ finishedAt }) => finishedAt)),
    ...addTallies(reports),
  };
  await store.write(summaryKey(planName, run.id), encodeReport(summary));
  return summary;
}
