import type { Tally } from '../../shared/sweeps/tally.ts';
import { table } from '../table.ts';

/** The refused rows that are told in full, as lines after an empty one; none where there are none. */
export function refusedLines({ refused, refusedRows }: Tally): string[] {
  if (refusedRows.length === 0) return [];
  const lines = table(
    [{ title: 'line', align: 'right' }, { title: 'why it is refused' }],
    refusedRows.map(({ line, reason }) => [String(line), reason]),
  );
  const more = refused - refusedRows.length;
  return ['', ...lines, ...(more > 0 ? [`and ${String(more)} more.`] : [])];
}
