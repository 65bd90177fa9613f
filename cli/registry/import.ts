import { pMapIterable } from 'p-map';
import { setTimeout as sleep } from 'node:timers/promises';
import { readSettings } from '../../shared/environment.ts';
import { deviceKeyOf, type ReportedDevice } from '../../shared/registry/device.ts';
import { devicesSettings } from '../../shared/settings.ts';
import { ListError } from '../../shared/sweeps/list/lines.ts';
import { readRowsOf, type Row } from '../../shared/sweeps/list/rows.ts';
import { table } from '../../shared/table.ts';
import { exitCodes, UsageError, type CliContext, type ExitCode, type Given } from '../cli-context.ts';
import { counted } from '../counted.ts';
import { createProgress } from '../progress.ts';
import { listOfFile, sourceOf } from '../sweep/source.ts';
import { refusedLines } from '../sweep/state-view.ts';
import type { RegistryConnection } from './connection.ts';
import { readRow, registerListed, type RowEnd } from './import-row.ts';
import { importFormat, type ImportColumn } from './list-format.ts';

type ImportOptions = { readonly rate: number } & Given<{ accountColumn: string }>;

/** Rows that are registered at the same time: enough for the rate, with calls of some tens of milliseconds. */
const concurrentRows = 64;

/** The most refused rows that are listed. */
const maxRefusedRows = 20;

/**
 * Registers the devices of a list, at a bounded rate. To continue after an interruption or an error, it is run again.
 * @param connection without one, the list is only read.
 * @throws UsageError, and the errors of the SDK.
 */
export async function importDevices(
  path: string,
  { rate, accountColumn }: ImportOptions,
  context: CliContext,
  connection: RegistryConnection | undefined,
): Promise<ExitCode> {
  const { stdout, stderr, now, interrupted } = context;
  const format = importFormat(accountColumn);
  const source = await sourceOf(path);
  if (source.kind !== 'file') throw new UsageError(`There is no file ${path}.`);
  const list = listOfFile(source);
  const target = connection && { registry: connection.registry, limits: await connection.readLimits() };
  const { devicesPerAccount } = target?.limits ?? readSettings(defaultLimits, {});
  const isBeyond = countDevices(devicesPerAccount);
  const inTurn = createTurns();
  const progress = createProgress(stderr, now);
  const startedAt = now();
  let bytesRead = 0;
  const rowsOf = async function* () {
    const bytes = async function* () {
      for await (const chunk of list.open()) {
        bytesRead += chunk.byteLength;
        yield chunk;
      }
    };
    for await (const { rows } of readRowsOf(bytes(), format)) yield* rows;
  };
  const tally = { rows: 0, valid: 0, written: 0, kept: 0, removed: 0, expired: 0, refused: 0, crowded: 0 };
  /** Rows of which an optional value is left out. */
  const ignoring: { rows: number; first?: string } = { rows: 0 };
  const refusedRows: { readonly line: number; readonly reason: string }[] = [];
  const pace = createPace(rate, now, interrupted);
  const importRow = async (
    row: Row<ImportColumn>,
  ): Promise<RowEnd | { readonly line: number; readonly reason: string }> => {
    const reading = readRow(row, startedAt);
    if ('refused' in reading) return { line: row.line, reason: reading.refused };
    const { listed, ignored } = reading;
    if (ignored !== '') {
      ignoring.rows += 1;
      ignoring.first ??= `line ${String(row.line)}: ${ignored}`;
    }
    if (target === undefined) return { kind: 'kept', isCrowded: isBeyond(listed.reported) };
    await pace();
    // One row of an account at a time: each must see the devices that those before it have added.
    return inTurn(listed.reported.account, () => registerListed(listed, target, startedAt));
  };
  const add = (end: Awaited<ReturnType<typeof importRow>>) => {
    tally.rows += 1;
    if ('reason' in end) {
      tally.refused += 1;
      if (refusedRows.length < maxRefusedRows) refusedRows.push(end);
      return;
    }
    tally.valid += 1;
    tally[end.kind] += 1;
    if (end.isCrowded) tally.crowded += 1;
  };
  const showEnd = () => {
    progress.end();
    const { rows, valid, written, kept, removed, expired, refused } = tally;
    const counts = connection === undefined ? { valid, refused } : { written, kept, removed, expired, refused };
    const lines = table(['rows', { right: String(rows) }], Object.entries(counts));
    stdout.write(`${[...lines, ...refusedLines({ refused, refusedRows })].join('\n')}\n`);
    if (ignoring.first !== undefined) {
      stderr.write(`${counted(ignoring.rows, 'row')} without a value that cannot be used, as in ${ignoring.first}\n`);
    }
    if (tally.crowded > 0) {
      const limit = `${String(devicesPerAccount)} of an account${target === undefined ? ', the default of devicesPerAccount' : ''}`;
      stderr.write(
        `${counted(tally.crowded, 'device')} beyond the ${limit}: when the account reports again, it displaces those not heard of for longest.\n`,
      );
    }
  };
  try {
    for await (const end of pMapIterable(rowsOf(), importRow, { concurrency: concurrentRows })) {
      add(end);
      const written = connection === undefined ? '' : `, ${String(tally.written)} written`;
      progress.show(bytesRead, list.bytes, `${String(tally.rows)} rows read${written}`);
      interrupted.throwIfAborted();
    }
  } catch (error) {
    if (error instanceof ListError) throw new UsageError(`${list.title}: ${error.message}`, { cause: error });
    if (tally.rows > 0) {
      showEnd();
      if (connection !== undefined) stderr.write('Not all rows were read: run the command again to continue.\n');
    }
    throw error;
  } finally {
    progress.end();
  }
  showEnd();
  return tally.valid > 0 ? exitCodes.ok : exitCodes.failed;
}

/** The limit of a deployment that is not asked. */
const defaultLimits = { devicesPerAccount: devicesSettings.devicesPerAccount };

/** Returns a function that says whether a device is a new one beyond the limit of its account. */
function countDevices(limit: number): (device: ReportedDevice) => boolean {
  const accounts = new Map<string, Set<string>>();
  return ({ account, ...device }) => {
    const keys = accounts.get(account) ?? new Set();
    accounts.set(account, keys);
    const known = keys.size;
    return keys.add(deviceKeyOf(device)).size > Math.max(known, limit);
  };
}

/** Returns a function that works for one account after the other, and for different ones at the same time. */
function createTurns() {
  const latest = new Map<string, Promise<unknown>>();
  return async <T>(account: string, work: () => Promise<T>): Promise<T> => {
    const before = latest.get(account);
    const turn = before === undefined ? work() : before.then(work, work);
    latest.set(account, turn);
    try {
      return await turn;
    } finally {
      if (latest.get(account) === turn) latest.delete(account);
    }
  };
}

/** Returns a function that waits until the next row may be registered. */
function createPace(perSecond: number, now: () => number, signal: AbortSignal): () => Promise<void> {
  let nextMs = now();
  return async () => {
    const waitMs = nextMs - now();
    // A pause is not made up for: that would be a burst.
    nextMs = Math.max(nextMs, now()) + 1000 / perSecond;
    if (waitMs >= 1) await sleep(waitMs, undefined, { signal });
  };
}
