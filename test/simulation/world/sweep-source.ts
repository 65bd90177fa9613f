import { gzipSync } from 'node:zlib';
import type { SnapshotRegistry } from '../../../shared/sweeps/snapshot.ts';
import type { Counts } from '../../../shared/sweeps/tally.ts';
import type { Process } from '../kernel/process.ts';
import type { S3Bucket } from '../models/s3-client.ts';
import type { SweepOrder } from '../scenario.ts';
import { createDeviceList, type DeviceList } from '../sweeps/sweep-list.ts';
import { countsOfSnapshot, createSweptRegistryPlan, type SweptRegistryPlan } from '../sweeps/sweep-registry.ts';
import { epochMs, type Base } from './base.ts';
import type { Contents } from './contents.ts';
import type { Services } from './services.ts';
import { startRegistry } from './sweep-registry.ts';

/** Where the devices of the sweeps of a run come from. */
export interface DeviceSource {
  readonly hasSnapshot: boolean;
  /** Properties of the plans. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** Rows of devices that each sweep leaves out, after a header. */
  readonly except: Buffer;
  readonly placeOf: SweptRegistryPlan['placeOf'];
  /**
   * What the report of a sweep must say.
   * @param rows those of its snapshot.
   * @param dead devices that it leaves out besides.
   */
  readonly countsOf: (rows: SnapshotRows, dead: Pick<ReadonlySet<number>, 'has'>) => Counts;
  readonly registryOf: (process: Process) => SnapshotRegistry;
  /** Puts another list in the place of the first, with the devices that are not on it. */
  readonly replaceList: () => void;
}

export type SnapshotRows = Parameters<typeof countsOfSnapshot>[0];

/** As functions/sweep/registry.ts has it. */
const maxAttempts = 10;

export const listKey = 'devices/list.csv';

/** Compresses a list if the order says so. */
export function packed({ areListsPacked = false }: SweepOrder, list: Buffer): Buffer {
  return areListsPacked ? gzipSync(list) : list;
}

/**
 * Creates the source of the order.
 * @param tickMs when the first tick of the first sweep comes.
 */
export function createDeviceSource(
  base: Base,
  services: Services,
  { planOf, division: { devices } }: Contents,
  order: SweepOrder,
  bucket: S3Bucket,
  tickMs: number,
): DeviceSource {
  const { seed } = base.options;
  if (order.registry === undefined) {
    const { first, last, placeOf } = createLists(seed, devices, planOf, order);
    bucket.put(listKey, packed(order, first.list));
    const appIds = [...new Set([...first.appIds, ...last.appIds])];
    return {
      ...{ hasSnapshot: false, properties: { devices: listKey, appIds }, placeOf },
      except: first === last ? first.except : Buffer.concat([first.except, last.except]),
      countsOf: (_rows, dead) => last.countsWithout(dead),
      replaceList() {
        bucket.put(listKey, packed(order, last.list));
      },
      registryOf() {
        throw new Error('the sweep of a list asks for the registry');
      },
    };
  }
  const hasAccounts = order.registry === 'accounts';
  const plan = createSweptRegistryPlan(seed, devices, planOf, hasAccounts, epochMs);
  const { appIds, accounts, placeOf } = plan;
  startRegistry(base, services, devices, plan, tickMs);
  return {
    ...{ hasSnapshot: true, properties: { appIds, ...(hasAccounts && { accounts }) } },
    ...{ except: Buffer.from('appid,token\n'), placeOf, countsOf: countsOfSnapshot },
    replaceList() {
      throw new Error('the sweep of a registry has no list');
    },
    registryOf: (process) => services.registryFor(process, maxAttempts),
  };
}

/** The list of a sweep and the one that it has in the end, and whether the sweep must push to a device. */
function createLists(
  seed: number,
  devices: number,
  planOf: Contents['planOf'],
  { change }: SweepOrder,
): { first: DeviceList; last: DeviceList; placeOf: DeviceSource['placeOf'] } {
  if (change?.kind !== 'replace the list') {
    const list = createDeviceList(seed, devices, planOf);
    return { first: list, last: list, placeOf: () => (change === undefined ? 'in' : 'either') };
  }
  const half = Math.floor(devices / 2);
  const first = createDeviceList(seed, half, planOf);
  const last = createDeviceList(seed + 1, devices - half, (number) => planOf(half + number));
  return { first, last, placeOf: (device) => (device < half ? 'either' : 'in') };
}
