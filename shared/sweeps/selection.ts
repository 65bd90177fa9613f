import type { Push } from '../push/push.ts';
import type { PushRules } from '../push/validation.ts';
import type { Exclusion } from './exclusion.ts';
import { createFingerprintSet, fingerprintOf, positionOf } from './fingerprint.ts';
import { identityOf, judgeDevice } from './list/device.ts';
import type { Row, Rows } from './list/rows.ts';
import type { Plan } from './plan.ts';
import { maxRefusedRows, type Tally } from './tally.ts';

/** Devices that a slice remembers to detect duplicates, in 67 MB. The set doubles its memory at 2.94 million. */
export const maxRememberedDevices = 2_900_000;

export interface SelectionOptions {
  readonly plan: Plan;
  readonly rules: PushRules;
  /** The devices of the list `except` of the plan. */
  readonly exclusion?: Exclusion | undefined;
  /** The part of the list to select from: positions from the first up to, not including, the second. */
  readonly from: number;
  readonly to: number;
  /** Rows up to this line have been enqueued or counted already. They are only remembered. */
  readonly throughLine: number;
  /** The tally of those rows. */
  readonly tally: Tally;
  readonly maxRememberedDevices: number;
  readonly now: () => number;
}

/** Selects the pushes of a list, or of the part of it that one slice enqueues. */
export function createSelection(options: SelectionOptions) {
  const { plan, rules, exclusion, from, to, now } = options;
  const known = createFingerprintSet(options.maxRememberedDevices);
  const tally = { ...options.tally, refusedRows: [...options.tally.refusedRows] };
  let { throughLine } = options;
  const judge = (row: Row, nowMs: number) => {
    if ('fault' in row) return { kind: 'refused', reason: row.fault } as const;
    const verdict = judgeDevice(row.device, plan, rules, nowMs);
    return verdict.kind === 'push' && exclusion?.has(row.device) === true ? ({ kind: 'excluded' } as const) : verdict;
  };
  return {
    /** The pushes of these rows. Rows must come in the order of their lines, from the first line of the list. */
    select({ rows, throughLine: lastLine }: Rows): Push[] {
      const pushes: Push[] = [];
      const nowMs = now();
      for (const row of rows) {
        const fingerprint = fingerprintOf(identityOfRow(row, plan.verb));
        const position = positionOf(fingerprint);
        if (position < from || position >= to) continue;
        const verdict = judge(row, nowMs);
        const added = verdict.kind === 'push' ? known.add(fingerprint) : undefined;
        if (row.line <= throughLine) continue;
        tally.rows += 1;
        switch (verdict.kind) {
          case 'refused':
            tally.refused += 1;
            if (tally.refusedRows.length < maxRefusedRows) {
              tally.refusedRows.push({ line: row.line, reason: verdict.reason });
            }
            break;
          case 'filtered':
            tally.filtered += 1;
            break;
          case 'excluded':
            tally.excluded += 1;
            break;
          case 'push':
            if (added === 'known') {
              tally.duplicates += 1;
              break;
            }
            if (added === 'full') tally.unchecked += 1;
            tally.enqueued += 1;
            pushes.push(verdict.push);
            break;
          default:
            verdict satisfies never;
        }
      }
      throughLine = Math.max(throughLine, lastLine);
      return pushes;
    },
    /** The last line that has been selected from. */
    throughLine: () => throughLine,
    tally: (): Tally => ({ ...tally, refusedRows: [...tally.refusedRows] }),
  };
}

/** A row that can't be read has a position as well, so that exactly one slice reports it. */
function identityOfRow(row: Row, verb: string): string {
  return 'fault' in row ? `line ${String(row.line)}` : identityOf(row.device, verb);
}
