import type { RegisteredDevice } from '../../shared/registry/device.ts';
import { table } from '../../shared/table.ts';
import { exitCodes, type ExitCode, type Given } from '../cli-context.ts';
import { counted } from '../counted.ts';
import type { RegistryConnection } from './connection.ts';
import { scanDevices } from './scan.ts';

const dayMs = 86_400_000;

/** The columns of the counts, each with its upper bound: how long ago a device was last heard of. */
const ageClasses = { 'under 1d': dayMs, 'under 7d': 7 * dayMs, 'under 30d': 30 * dayMs, '30d and more': Infinity };
const ages = Object.entries(ageClasses);

/** The devices of an app on a platform: a number for each age. */
interface Group {
  readonly appId: string;
  readonly platform: string;
  readonly counts: number[];
}

/** Beyond this number, further groups are counted together: an open registry may contain anything. */
const maxGroups = 1000;
const others = '(others)';

/** Prints the number of devices by AppId, platform and age. */
export async function list(connection: RegistryConnection, { json }: Given<{ json: boolean }>): Promise<ExitCode> {
  const { stdout, now } = connection.context;
  const startedAt = now();
  const groups = new Map<string, Group>();
  const groupOf = ({ appId, platform = '' }: Pick<RegisteredDevice, 'appId' | 'platform'>): Group => {
    const name = `${appId}\0${platform}`;
    const known = groups.get(name);
    if (known !== undefined) return known;
    if (groups.size >= maxGroups && appId !== others) return groupOf({ appId: others });
    const group = { appId, platform, counts: ages.map(() => 0) };
    groups.set(name, group);
    return group;
  };
  let accounts = 0;
  let latestAccount: string | undefined;
  const devices = await scanDevices(connection, (page) => {
    for (const device of page) {
      // The devices of an account follow each other.
      if (device.account !== latestAccount) accounts += 1;
      latestAccount = device.account;
      const { counts } = groupOf(device);
      const age = ages.findIndex(([, belowMs]) => startedAt - device.lastSeenMs < belowMs);
      counts[age] = (counts[age] ?? 0) + 1;
    }
  });
  const sorted = [...groups.values()].sort((a, b) => sum(b.counts) - sum(a.counts));
  if (json) {
    const apps = sorted.map(({ appId, platform, counts }) => ({
      ...{ appId, platform, devices: sum(counts) },
      byAge: Object.fromEntries(ages.map(([title], index) => [title, counts[index] ?? 0])),
    }));
    stdout.write(`${JSON.stringify({ devices, accounts, apps }, null, 2)}\n`);
  } else {
    stdout.write(`${(devices === 0 ? ['There are no devices.'] : linesOf(sorted, accounts)).join('\n')}\n`);
  }
  return exitCodes.ok;
}

function linesOf(groups: readonly Group[], accounts: number): string[] {
  const all = ages.map((_, index) => sum(groups.map(({ counts }) => counts[index] ?? 0)));
  const columns = ['AppId', 'platform', ...[...ages.map(([title]) => title), 'all'].map((right) => ({ right }))];
  const named = groups.map((group) => ({
    ...group,
    platform: group.platform === '' && group.appId !== others ? '(none)' : group.platform,
  }));
  const rows = [...named, { appId: 'all', platform: '', counts: all }];
  return [
    ...table(
      columns,
      rows.map(({ appId, platform, counts }) => [appId, platform, ...counts, sum(counts)]),
    ),
    '',
    counted(accounts, 'account'),
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
