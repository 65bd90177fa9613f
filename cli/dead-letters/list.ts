import { formatDuration } from '../duration.ts';
import { widthOf } from '../surroundings.ts';
import { table } from '../table.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { counted, isComplete, lookThrough, noLetters, type Desk, type Looked } from './desk.ts';
import { matches, type Filters } from './filters.ts';
import { viewOf, type LetterView } from './letters.ts';
import { countByReasonAndAge, summaryLines } from './summary.ts';

export interface ListOptions {
  readonly filters: Filters;
  /** Rows of the table. */
  readonly limit: number;
  readonly json: boolean;
  readonly reveal: boolean;
}

/** Shows how many letters there are, by reason and age, and the youngest of them. */
export async function list(desk: Desk, options: ListOptions): Promise<ExitCode> {
  const { filters, json, reveal } = options;
  const { stdout, now } = desk.surroundings;
  const startedAt = now();
  const views: LetterView[] = [];
  const looked = await lookThrough(desk, (look) =>
    look.each((letters) => {
      // Of a letter nothing is kept but what will be shown: there may be a hundred thousand.
      for (const letter of letters) {
        if (matches(letter, filters, startedAt)) views.push(viewOf(letter, startedAt, reveal));
      }
      return Promise.resolve();
    }),
  );
  if (looked.end === 'interrupted') return exitCodes.interrupted;
  // By the time itself and not by the age, which is of whole seconds.
  views.sort((a, b) => Date.parse(b.acceptedAt) - Date.parse(a.acceptedAt));
  if (json) {
    const counts = { letters: looked.letters, matching: views.length, complete: isComplete(looked) };
    const document = { ...counts, byReasonAndAge: countByReasonAndAge(views), deadLetters: views };
    stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else {
    stdout.write(`${tableOf(views, looked, options.limit, widthOf(stdout)).join('\n')}\n`);
  }
  return exitCodes.well;
}

function tableOf(views: readonly LetterView[], looked: Looked, limit: number, width: number | undefined): string[] {
  if (looked.letters === 0) return [noLetters(looked)];
  if (views.length === 0) return [`No letter matches, of ${String(looked.letters)}.`];
  const rows = views
    .slice(0, limit)
    .map((view) => [
      view.id,
      view.reason,
      view.status === undefined ? '' : String(view.status),
      view.verb ?? '',
      view.appId ?? '',
      view.device ?? '',
      formatDuration(view.ageSeconds * 1000),
      String(view.attempts),
      view.words ?? view.fault ?? '',
    ]);
  const columns = [
    ...[{ title: 'id' }, { title: 'reason' }, { title: 'status' }, { title: 'verb' }, { title: 'AppId' }],
    ...([{ title: 'device' }, { title: 'age', align: 'right' }, { title: 'attempts', align: 'right' }] as const),
    { title: 'words' },
  ];
  const lines = [...summaryLines(countByReasonAndAge(views)), ''];
  if (rows.length > 0) lines.push(...table(columns, rows, width));
  if (rows.length < views.length) {
    const shown = rows.length === 0 ? 'None is' : `The youngest ${String(rows.length)} are`;
    lines.push(`${shown} shown of ${counted(views.length)}: --limit NUMBER shows more, --json all of them.`);
  }
  return lines;
}
