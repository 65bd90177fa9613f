import type { DeviceName } from '../../../shared/registry/device.ts';
import { chanceOf, choose } from '../../support/random.ts';

/** What a device is to the registry: `changing` devices come and go during a run, the others stay as they are. */
export type DeviceState = 'registered' | 'expired' | 'removed' | 'changing';

/** The accounts of a run and their devices, which are numbered through. A device belongs to one account. */
export interface Accounts {
  readonly count: number;
  readonly devices: number;
  /** The numbers of its devices: from the first, as many as there are. */
  readonly devicesOf: (account: number) => { readonly first: number; readonly count: number };
  readonly accountOf: (device: number) => number;
  readonly stateOf: (device: number) => DeviceState;
}

/** An account has about this many pushes. */
const pushesPerAccount = 25;
/** Enough for several pages of a query. */
const manyDevices = 30;

/** Creates the accounts of a run. The first one has devices on several pages of the table. */
export function createAccounts(seed: number, pushes: number): Accounts {
  const count = Math.max(3, Math.ceil(pushes / pushesPerAccount));
  const firsts: number[] = [];
  const accounts: number[] = [];
  for (let account = 0; account < count; account += 1) {
    firsts.push(accounts.length);
    const size = choose({ 1: 40, 2: 30, 3: 20, 6: 8 }, chanceOf(seed, account, 301));
    const devices = account === 0 ? manyDevices : Number(size);
    for (let device = 0; device < devices; device += 1) accounts.push(account);
  }
  return {
    count,
    devices: accounts.length,
    devicesOf(account) {
      const first = firsts[account] ?? 0;
      return { first, count: (firsts[account + 1] ?? accounts.length) - first };
    },
    accountOf: (device) => accounts[device] ?? -1,
    stateOf: (device) => choose({ registered: 75, expired: 7, removed: 6, changing: 12 }, chanceOf(seed, device, 302)),
  };
}

/** What the gateway knows a device by. */
export function nameOfDevice(device: number): DeviceName {
  const appId = isLimited(device) ? 'com.example.limited' : `com.example.app${String(device % 3)}`;
  return { appId, deviceToken: `token+/${String(device)}==` };
}

/** Whether a device has an app that the key of one client may not push to. */
export function isLimited(device: number): boolean {
  return device % 3 === 2;
}

/** The number of a device; `NaN` of a token that no device of an account has. */
export function deviceOfToken(token: string): number {
  return Number(/^token\+\/(\d+)==$/.exec(token)?.[1]);
}

export function nameOfAccount(account: number): string {
  return `account-${String(account)}`;
}

export function selectorOfDevice(device: number): string {
  return `selector-${String(device)}`;
}
