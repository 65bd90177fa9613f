import { deadLetterReasons, type DeadLetterReason } from '../../shared/push/dead-letter.ts';
import { table } from '../table.ts';

/** The columns of the summary, each with its upper bound. */
const ageClasses = [
  { title: 'under 1h', belowSeconds: 3600 },
  { title: 'under 6h', belowSeconds: 21_600 },
  { title: 'under 1d', belowSeconds: 86_400 },
  { title: 'under 3d', belowSeconds: 259_200 },
  { title: '3d and more', belowSeconds: Infinity },
] as const;

type AgeTitle = (typeof ageClasses)[number]['title'];

/** The number of dead letters by reason and age. */
export type Counts = Readonly<Record<DeadLetterReason, Readonly<Record<AgeTitle, number>>>>;

/** Counts dead letters. Reasons and ages without any are 0. */
export function countByReasonAndAge(
  deadLetters: readonly { readonly reason: DeadLetterReason; readonly ageSeconds: number }[],
): Counts {
  const none = () => ({ 'under 1h': 0, 'under 6h': 0, 'under 1d': 0, 'under 3d': 0, '3d and more': 0 });
  const counts = { unregistered: none(), rejected: none(), expired: none(), malformed: none(), exhausted: none() };
  for (const { reason, ageSeconds } of deadLetters) {
    const { title } = ageClasses.find(({ belowSeconds }) => ageSeconds < belowSeconds) ?? ageClasses[4];
    counts[reason][title] += 1;
  }
  return counts;
}

/** The counts as a table: a row for each reason with dead letters, and a row and a column with the sums. */
export function summaryLines(counts: Counts): string[] {
  const titles = ageClasses.map(({ title }) => title);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const rows: { readonly name: string; readonly numbers: number[] }[] = deadLetterReasons
    .map((reason) => ({ name: reason, numbers: titles.map((title) => counts[reason][title]) }))
    .filter(({ numbers }) => sum(numbers) > 0);
  rows.push({ name: 'all', numbers: titles.map((_, index) => sum(rows.map(({ numbers }) => numbers[index] ?? 0))) });
  return table(
    [{ title: 'reason' }, ...[...titles, 'all'].map((title) => ({ title, align: 'right' as const }))],
    rows.map(({ name, numbers }) => [name, ...numbers.map(String), String(sum(numbers))]),
  );
}
