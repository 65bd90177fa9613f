import type { Push } from '../../shared/push/push.ts';
import type { PushRules } from '../../shared/push/validation.ts';
import { identityOf, judgeDevice } from '../../shared/sweeps/list/device.ts';
import { fingerprintOf, positionOf } from './fingerprint.ts';
import type { FingerprintSet } from './fingerprint-set.ts';
import type { Plan } from '../../shared/sweeps/plan.ts';
import type { Pass } from '../../shared/sweeps/report.ts';
import type { Row, Rows } from '../../shared/sweeps/list/rows.ts';
import type { Count } from '../../shared/sweeps/tally.ts';

/** What a pass needs besides its rows. */
export interface PassDependencies {
  readonly plan: Plan;
  readonly rules: PushRules;
  /** Remembers the devices of the pass, and nothing when it begins. */
  readonly known: FingerprintSet;
  /** Of the slice. */
  readonly count: Count;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What a piece of a list gave. */
export interface PassStep {
  /** The pushes of rows that are dealt with for the first time. */
  readonly pushes: readonly Push[];
  /** What is left for other passes: the part of the range that did not fit into memory. */
  readonly splitOff: readonly Pass[];
  /** The pass as it stands now: narrower where it was split, and further on. */
  readonly pass: Pass;
}

/**
 * Deals with the rows of a piece of a list whose place is in the range of a pass. Rows that were dealt with before are
 * remembered again, so that a later row of the same device is known as a duplicate.
 *
 * Where there are more devices than can be remembered, the upper half of the range is left to a pass of its own, which
 * goes on from the row where this one gave it up. So no list is too long, and only a very long one is read twice.
 */
export function dealWithPiece(begun: Pass, { rows, throughLine }: Rows, dependencies: PassDependencies): PassStep {
  const { plan, rules, known, count, now } = dependencies;
  let pass = begun;
  const pushes: Push[] = [];
  const splitOff: Pass[] = [];
  const nowMs = now();
  for (const row of rows) {
    const fingerprint = fingerprintOf(identityOfRow(row, plan.verb));
    const position = positionOf(fingerprint);
    if (position < pass.from || position >= pass.to) continue;
    const isDone = row.line <= pass.throughLine;
    const verdict =
      'fault' in row ? { kind: 'refused' as const, reason: row.fault } : judgeDevice(row.device, plan, rules, nowMs);
    switch (verdict.kind) {
      case 'refused':
        if (!isDone) count.refuse(row.line, verdict.reason);
        break;
      case 'filtered':
        if (!isDone) count.filter();
        break;
      case 'push': {
        let added = known.add(fingerprint);
        while (added === 'full') {
          const middle = (pass.from + pass.to) / 2;
          splitOff.push({ from: middle, to: pass.to, throughLine: Math.max(pass.throughLine, row.line - 1) });
          pass = { ...pass, to: middle };
          known.keepBelow(middle);
          if (position >= middle) break;
          added = known.add(fingerprint);
        }
        if (added === 'full' || isDone) break;
        if (added === 'known') count.duplicate();
        else {
          count.enqueue();
          pushes.push(verdict.push);
        }
        break;
      }
      default:
        verdict satisfies never;
    }
  }
  return { pushes, splitOff, pass: { ...pass, throughLine: Math.max(pass.throughLine, throughLine) } };
}

/** A row that can't be read has a place as well, so that exactly one slice tells of it. */
function identityOfRow(row: Row, verb: string): string {
  return 'fault' in row ? `line ${String(row.line)}` : identityOf(row.device, verb);
}
