import { gunzipSync } from 'node:zlib';
import { deviceKeyOf, type RegisteredDevice } from '../../../shared/registry/device.ts';
import type { Counts } from '../../../shared/sweeps/tally.ts';
import { chanceOf, choose } from '../../support/random.ts';
import type { PlannedPush } from '../pushes/push-plan.ts';
import { day } from '../scenario.ts';
import { deviceOfBody, otherAppId } from './sweep-list.ts';

/** What happens to devices of the registry, as shares of them. */
const shares = {
  /** It is registered while the snapshot is taken. */
  arrives: 0.05,
  /** It is removed while the snapshot is taken. */
  leaves: 0.05,
  /** It moves to another account while the snapshot is taken, where it is registered before it is removed here. */
  moves: 0.04,
  /** It stays, and reports again while the snapshot is taken. */
  reports: 0.05,
  /** It was removed before. */
  removed: 0.03,
  /** It was not heard of for too long, and DynamoDB has not deleted it yet. */
  expired: 0.03,
  /** It stays, and is in two accounts. */
  shared: 0.04,
  /** It is registered once, and stays. */
  stays: 0.71,
} as const;

type Life = keyof typeof shares;

/** The share of the devices beside which there is one of an app that the plan leaves out. */
const otherShare = 0.02;

/** A plan has at most a thousand accounts. */
const mostAccounts = 1000;

/** A write of a device. */
export type DeviceWrite =
  | { readonly kind: 'put'; readonly device: RegisteredDevice; readonly daysToLive: number }
  | { readonly kind: 'remove'; readonly account: string; readonly key: string };

/** The devices of a registry, and what happens to them. */
export interface SweptRegistryPlan {
  readonly appIds: readonly string[];
  /** The accounts that are swept. */
  readonly accounts: readonly string[];
  /** Whether a device must be in the snapshot, must not, or may be. */
  readonly placeOf: (device: number) => 'in' | 'out' | 'either';
  /** What is written of a device before the sweep begins. */
  readonly writesBefore: (device: number) => readonly DeviceWrite[];
  /** What is written of a device while the snapshot is taken. */
  readonly writesMeanwhile: (device: number, nowMs: number) => readonly DeviceWrite[];
}

/**
 * Creates the plan of a registry that is swept.
 * @param hasAccounts whether the sweep is for the devices of every other account only.
 * @param epochMs when they are registered.
 */
export function createSweptRegistryPlan(
  seed: number,
  devices: number,
  planOf: (number: number) => PlannedPush,
  hasAccounts: boolean,
  epochMs: number,
): SweptRegistryPlan {
  const lifeOf = (device: number): Life => choose(shares, chanceOf(seed, device, 111));
  const accounts = Math.min(2 * mostAccounts, Math.max(1, Math.ceil(devices / 2)));
  /** The accounts in which it ever is. */
  const numbersOf = (device: number) => {
    const life = lifeOf(device);
    return life === 'shared' || life === 'moves' ? [device, device + 1] : [device];
  };
  const nameOf = (account: number) => `account-${String(account % accounts)}`;
  const isSwept = (account: number) => !hasAccounts || (account % accounts) % 2 === 0;
  const entriesOf = (device: number, lastSeenMs: number): RegisteredDevice[] => {
    const { appId, parameters } = planOf(device);
    const deviceToken = parameters.find(([name]) => name === 'DeviceToken')?.[1] ?? '';
    return numbersOf(device).map((account) => ({
      ...{ account: nameOf(account), appId, deviceToken, selector: `S:${String(account)}` },
      ...{ firstSeenMs: epochMs, lastSeenMs },
    }));
  };
  const put = (device: RegisteredDevice, daysToLive = 60): DeviceWrite => ({ kind: 'put', device, daysToLive });
  const remove = (device: RegisteredDevice): DeviceWrite => ({
    ...{ kind: 'remove', account: device.account, key: deviceKeyOf(device) },
  });
  return {
    appIds: [...new Set(['com.example.app0', ...Array.from({ length: devices }, (_, device) => planOf(device).appId)])],
    accounts: Array.from({ length: Math.ceil(accounts / 2) }, (_, index) => nameOf(2 * index)),
    placeOf(device) {
      const life = lifeOf(device);
      if (life === 'removed' || life === 'expired' || !numbersOf(device).some(isSwept)) return 'out';
      return life === 'arrives' || life === 'leaves' || life === 'moves' ? 'either' : 'in';
    },
    writesBefore(device) {
      const entries = entriesOf(device, epochMs);
      const others = chanceOf(seed, device, 112) < otherShare ? entries : [];
      const life = lifeOf(device);
      const writesOf = (one: RegisteredDevice): DeviceWrite[] => {
        if (life === 'arrives' || (life === 'moves' && one !== entries[0])) return [];
        if (life === 'expired') return [put({ ...one, lastSeenMs: epochMs - 2 * day }, 1)];
        return life === 'removed' ? [put(one), remove(one)] : [put(one)];
      };
      return [
        ...entries.flatMap(writesOf),
        ...others.map((one) => put({ ...one, appId: otherAppId, deviceToken: `other-${String(device)}` })),
      ];
    },
    writesMeanwhile(device, nowMs) {
      const entries = entriesOf(device, nowMs);
      const life = lifeOf(device);
      if (life === 'leaves') return entries.map(remove);
      if (life === 'moves') return [...entries.slice(1).map((one) => put(one)), ...entries.slice(0, 1).map(remove)];
      return life === 'arrives' || life === 'reports' ? entries.map((one) => put(one)) : [];
    },
  };
}

/** The rows of a snapshot: the numbers of their devices, `undefined` for one of an app that the plan leaves out. */
export function readSnapshot(snapshot: Buffer): (number | undefined)[] {
  const [, ...rows] = gunzipSync(snapshot).toString().trimEnd().split('\n');
  return rows.map((row) => (row.startsWith(otherAppId) ? undefined : deviceOfBody(row)));
}

/** What the report of a sweep over a snapshot must say, if some devices are left out. */
export function countsOfSnapshot(
  rows: readonly (number | undefined)[],
  dead: Pick<ReadonlySet<number>, 'has'>,
): Counts {
  const found = rows.filter((device) => device !== undefined);
  const left = found.filter((device) => !dead.has(device));
  const enqueued = new Set(left).size;
  return {
    ...{ rows: rows.length, enqueued, duplicates: left.length - enqueued },
    ...{ filtered: rows.length - found.length, excluded: found.length - left.length, refused: 0, unchecked: 0 },
  };
}
