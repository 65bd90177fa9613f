import { createColumn } from '../rules/columns.ts';
import { kinds, type HistoryRecord } from '../history.ts';
import type { Range } from '../rules/account.ts';
import type { Findings } from '../rules/findings.ts';

/** What the rules of snapshots need. */
export interface SnapshotEvidence {
  readonly pushes: Range;
  readonly slices: Range;
}

/** Creates the rules of a sweep over the registry: one snapshot for a run, with each device that is there throughout. */
export function createSnapshotRules({ pushes, slices }: SnapshotEvidence, violate: Findings['violate']) {
  const isExpected = createColumn();
  const isInSnapshot = createColumn();
  let snapshots = 0;
  let isThere = false;
  return {
    judge({ kind, a }: HistoryRecord): void {
      const isOfRun = a >= slices.from && a < slices.to;
      switch (kind) {
        case kinds.listed:
          isExpected.set(a, 1);
          break;
        case kinds.inSnapshot:
          isInSnapshot.set(a, 1);
          break;
        case kinds.snapshot:
          if (!isOfRun) break;
          snapshots += 1;
          isThere = true;
          if (snapshots > 1) violate('a run gets a second snapshot');
          for (let push = pushes.from; push < pushes.to; push += 1) {
            if (isExpected.get(push) === 1 && isInSnapshot.get(push) === 0) violate('a snapshot misses a device', push);
          }
          break;
        case kinds.snapshotDeleted:
          if (isOfRun) isThere = false;
          break;
        default:
      }
    },
    end(): void {
      if (isThere) violate('a snapshot is kept after its run');
    },
  };
}
