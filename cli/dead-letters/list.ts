import { exitCodes, widthOf, type ExitCode } from '../cli-context.ts';
import { formatDuration } from '../duration.ts';
import { table } from '../table.ts';
import { viewOf, type DeadLetterView } from './dead-letter-message.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { matches, type Filters } from './filters.ts';
import { counted, isComplete, noneFound, scanDeadLetters, type ScanResult } from './scan.ts';
import { countByReasonAndAge, summaryLines } from './summary.ts';

export interface ListOptions extends Filters {
  /** Rows of the table. */
  readonly limit: number;
  readonly json?: boolean | undefined;
  readonly reveal?: boolean | undefined;
}

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
      return Promise.resolve();
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
  const rows = views
    .slice(0, limit)
    .map((view) => [
      ...[view.id, view.reason, view.status === undefined ? '' : String(view.status)],
      ...[view.verb ?? '', view.appId ?? '', view.device ?? ''],
      ...[formatDuration(view.ageSeconds * 1000), String(view.attempts), view.words ?? view.fault ?? ''],
    ]);
  const columns = [
    ...['id', 'reason', 'status', 'verb', 'AppId', 'device'].map((title) => ({ title })),
    ...(['age', 'attempts'] as const).map((title) => ({ title, align: 'right' as const })),
    { title: 'words' },
  ];
  const lines = [...summaryLines(countByReasonAndAge(views)), ''];
  if (rows.length > 0) lines.push(...table(columns, rows, width));
  if (rows.length < views.length) {
    lines.push(`The table shows ${String(rows.length)} of ${counted(views.length)}: see --limit NUMBER, or --json.`);
  }
  return lines;
}
