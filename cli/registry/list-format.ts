import { csvLine } from '../../shared/csv.ts';
import type { RegisteredDevice } from '../../shared/registry/device.ts';
import { deviceListFormat, type ListFormat } from '../../shared/sweeps/list/rows.ts';
import { UsageError } from '../cli-context.ts';

export const exportHeader = csvLine([
  ...['Account', 'AppId', 'DeviceToken', 'Selector', 'LastSeen', 'FirstSeen'],
  ...['Platform', 'Version', 'CallAppId', 'CallToken'],
]);

/** The row of a device; `undefined` if it is not one line, as a row of a list must be. */
export function exportedRow(device: RegisteredDevice): string | undefined {
  const { account, appId, deviceToken, selector, call, platform, version, firstSeenMs, lastSeenMs } = device;
  const fields = [
    ...[account, appId, deviceToken, selector],
    ...[lastSeenMs, firstSeenMs].map((ms) => new Date(ms).toISOString()),
    ...[platform ?? '', version ?? '', call?.appId ?? '', call?.deviceToken ?? ''],
  ];
  return fields.some((field) => /[\r\n]/.test(field)) ? undefined : csvLine(fields);
}

export type ImportColumn =
  | (typeof deviceListFormat extends ListFormat<infer C> ? C : never)
  | 'account'
  | 'firstSeen'
  | 'platform'
  | 'version'
  | 'callAppId'
  | 'callToken';

/**
 * The format of a list that is imported: an export of the registry, or any list for sweeps with a column more.
 * @param accountColumn the column with the account.
 * @throws UsageError
 */
export function importFormat(accountColumn: string | undefined): ListFormat<ImportColumn> {
  const columns = new Map<string, ImportColumn>([
    ...deviceListFormat.columns,
    ['firstseen', 'firstSeen'],
    ['platform', 'platform'],
    ['version', 'version'],
    ['callappid', 'callAppId'],
    ['calltoken', 'callToken'],
  ]);
  const names = accountColumn === undefined ? ['account', 'username'] : [accountColumn.trim().toLowerCase()];
  for (const name of names) {
    if (columns.has(name)) throw new UsageError(`The column ${name} has another meaning: it cannot be the account.`);
    columns.set(name, 'account');
  }
  const accountNames = accountColumn ?? 'account (or username, or another that --account-column names)';
  return {
    columns,
    required: new Map<ImportColumn, string>([...deviceListFormat.required, ['account', accountNames]]),
    emptyRow: () => ({
      ...{ account: '', appId: '', deviceToken: '', selector: '', lastSeen: '', firstSeen: '' },
      ...{ platform: '', version: '', callAppId: '', callToken: '' },
    }),
  };
}
