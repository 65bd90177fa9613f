import { deviceKeyOf } from '../../shared/registry/device.ts';
import type { Entry, Registry } from '../../shared/registry/registry.ts';
import type { RemovalTarget } from '../../shared/registry/validation.ts';

/**
 * Removes devices of an account because their app says so.
 * @param atMs when the removal came, by the clock of the API.
 * @param mostMarks how many marks of removals an account has at most, so that an app cannot fill the table with them.
 * Without its mark, a report that the removal has overtaken would bring the device back.
 * @param abortSignal aborts when the calls to the table must end.
 * @returns how many devices were removed: none if they were not registered, or have reported since.
 * @throws the errors of the table.
 */
export async function removeDevices(
  account: string,
  target: RemovalTarget,
  atMs: number,
  registry: Registry,
  mostMarks: number,
  abortSignal: AbortSignal,
): Promise<number> {
  const entries = await registry.entriesOf(account, abortSignal);
  const entryOf = new Map(entries.map((entry) => [entry.key, entry]));
  let marks = entries.filter(({ kind }) => kind === 'removed').length;
  let removed = 0;
  for (const key of keysOf(target, entries)) {
    const entry = entryOf.get(key);
    const isNewMark = entry?.kind !== 'removed';
    if (!isNewMark || marks < mostMarks) {
      const isMarked = await registry.markRemoved(account, key, atMs, abortSignal);
      if (isMarked && entry?.kind === 'device') removed += 1;
      if (isMarked && isNewMark) marks += 1;
    } else if (entry?.kind === 'device' && (await registry.remove(account, key, atMs, abortSignal))) removed += 1;
  }
  return removed;
}

function keysOf(target: RemovalTarget, entries: readonly Entry[]): string[] {
  switch (target.kind) {
    case 'device':
      // Also one that is not registered: its report may come later.
      return [deviceKeyOf(target.device)];
    case 'selector':
      return entries.flatMap((entry) =>
        entry.kind === 'device' && entry.device.selector === target.selector ? [entry.key] : [],
      );
    default:
      return target satisfies never;
  }
}
