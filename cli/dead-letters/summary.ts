import { deadLetterReasons, type DeadLetterReason } from '../../shared/push/dead-letter.ts';
import { table } from '../table.ts';

/** The ages that letters are counted by, each up to its bound. */
export const ageClasses = [
  { title: 'under 1h', belowSeconds: 3600 },
  { title: 'under 6h', belowSeconds: 21_600 },
  { title: 'under 1d', belowSeconds: 86_400 },
  { title: 'under 3d', belowSeconds: 259_200 },
  { title: '3d and more', belowSeconds: Infinity },
] as const;

type AgeTitle = (typeof ageClasses)[number]['title'];

/** How many letters there are, by reason and by age. */
export type Counts = Readonly<Record<DeadLetterReason, Readonly<Record<AgeTitle, number>>>>;

interface Countable {
  readonly reason: DeadLetterReason;
  readonly ageSeconds: number;
}

/** Counts letters by reason and by age, the reasons that none has among them. */
export function countByReasonAndAge(letters: readonly Countable[]): Counts {
  const none = () => ({ 'under 1h': 0, 'under 6h': 0, 'under 1d': 0, 'under 3d': 0, '3d and more': 0 });
  const counts = { unregistered: none(), rejected: none(), expired: none(), malformed: none(), exhausted: none() };
  for (const { reason, ageSeconds } of letters) {
    const { title } = ageClasses.find(({ belowSeconds }) => ageSeconds < belowSeconds) ?? ageClasses[4];
    counts[reason][title] += 1;
  }
  return counts;
}

/** The counts as lines: a row for each reason that a letter has, and one and a column for all. */
export function summaryLines(counts: Counts): string[] {
  const titles = ageClasses.map(({ title }) => title);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const rows = deadLetterReasons
    .map((reason): { name: string; numbers: number[] } => ({
      name: reason,
      numbers: titles.map((title) => counts[reason][title]),
    }))
    .filter(({ numbers }) => sum(numbers) > 0);
  rows.push({ name: 'all', numbers: titles.map((_, index) => sum(rows.map(({ numbers }) => numbers[index] ?? 0))) });
  const right = (title: string) => ({ title, align: 'right' }) as const;
  return table(
    [{ title: 'reason' }, ...titles.map(right), right('all')],
    rows.map(({ name, numbers }) => [name, ...numbers.map(String), String(sum(numbers))]),
  );
}
