import { formatDuration } from '../../shared/duration.ts';
import { deadLetterReasons } from '../../shared/push/dead-letter.ts';
import { exitCodes, widthOf, type ExitCode, type Given } from '../cli-context.ts';
import { counted } from '../counted.ts';
import { table } from '../../shared/table.ts';
import { matches, sweepName, viewOf, type DeadLetterView, type Filters } from './dead-letter-message.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { isComplete, noneFound, scanDeadLetters, type ScanResult } from './scan.ts';

/** `limit` is the number of rows in the table. */
type ListOptions = Filters & { readonly limit: number } & Given<{ json: boolean; reveal: boolean }>;

/** Prints the number of dead letters by reason and age, and the youngest of them. */
export async function list(queue: DeadLetterQueue, options: ListOptions): Promise<ExitCode> {
  const { stdout, now } = queue.context;
  const startedAt = now();
  const views: DeadLetterView[] = [];
  const result = await scanDeadLetters(queue, (scan) =>
    scan.each((messages) => {
      // Only what is printed is kept: there can be 100,000 dead letters.
      for (const message of messages) {
        if (matches(message, options, startedAt)) views.push(viewOf(message, startedAt, options.reveal === true));
      }
    }),
  );
  if (result.end === 'interrupted') return exitCodes.interrupted;
  // Not by age, which is rounded to seconds.
  views.sort((a, b) => Date.parse(b.acceptedAt) - Date.parse(a.acceptedAt));
  if (options.json) {
    const counts = { scanned: result.scanned, matching: views.length, complete: isComplete(result) };
    const document = { ...counts, byReasonAndAge: countByReasonAndAge(views), deadLetters: views };
    stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else {
    stdout.write(`${linesOf(views, result, options.limit, widthOf(stdout)).join('\n')}\n`);
  }
  return exitCodes.ok;
}

function linesOf(
  views: readonly DeadLetterView[],
  result: ScanResult,
  limit: number,
  width: number | undefined,
): string[] {
  if (views.length === 0) return [noneFound(result)];
  const shown = views.slice(0, limit);
  /** These columns are left out if no row has a value. */
  const optional = {
    client: ({ client }: DeadLetterView) => client,
    sweep: ({ sweep }: DeadLetterView) => sweep && sweepName(sweep),
    expires: ({ expiresAt }: DeadLetterView) => expiresAt,
  };
  const present = Object.entries(optional).filter(([, valueOf]) => shown.some((view) => valueOf(view) !== undefined));
  const rows = shown.map((view) => {
    const { id, reason, status, verb, appId, device, ageSeconds, attempts, words, fault } = view;
    return [
      ...[id, reason, status, verb, appId, device, ...present.map(([, valueOf]) => valueOf(view))],
      ...[formatDuration(ageSeconds * 1000), attempts, words ?? fault],
    ];
  });
  const identity = ['id', 'reason', 'status', 'verb', 'AppId', 'device', ...present.map(([name]) => name)];
  const columns = [...identity, { right: 'age' }, { right: 'attempts' }, 'words'];
  const lines = [...summaryLines(views), ''];
  if (rows.length > 0) lines.push(...table(columns, rows, width));
  if (rows.length < views.length) {
    lines.push(
      `The table shows ${String(rows.length)} of ${counted(views.length, 'dead letter')}: see --limit NUMBER, or --json.`,
    );
  }
  return lines;
}

/** The columns of the summary, each with its upper bound in seconds. */
const ageClasses = {
  'under 1h': 3600,
  'under 6h': 21_600,
  'under 1d': 86_400,
  'under 3d': 259_200,
  '3d and more': Infinity,
};

type Counted = Pick<DeadLetterView, 'reason' | 'ageSeconds'>;

/** The number of dead letters by reason and age. Reasons and ages without any are 0. */
function countByReasonAndAge(views: readonly Counted[]): Record<string, Record<string, number>> {
  const ages = Object.entries(ageClasses);
  const classOf = ({ ageSeconds }: Counted) => ages.find(([, below]) => ageSeconds < below)?.[0];
  const countsOf = (reason: string) => {
    const byAge = Map.groupBy(
      views.filter((view) => view.reason === reason),
      classOf,
    );
    return Object.fromEntries(ages.map(([title]) => [title, byAge.get(title)?.length ?? 0]));
  };
  return Object.fromEntries(deadLetterReasons.map((reason) => [reason, countsOf(reason)]));
}

/** The counts as a table: a row for each reason with dead letters, and a row and a column with the sums. */
export function summaryLines(views: readonly Counted[]): string[] {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const rows = Object.entries(countByReasonAndAge(views)).map(([reason, byAge]) => ({
    reason,
    numbers: Object.values(byAge),
  }));
  const all = Object.keys(ageClasses).map((_, index) => sum(rows.map(({ numbers }) => numbers[index] ?? 0)));
  return table(
    ['reason', ...[...Object.keys(ageClasses), 'all'].map((right) => ({ right }))],
    [...rows, { reason: 'all', numbers: all }]
      .filter(({ numbers }) => sum(numbers) > 0)
      .map(({ reason, numbers }) => [reason, ...numbers, sum(numbers)]),
  );
}
