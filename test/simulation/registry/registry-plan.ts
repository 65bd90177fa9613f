import type { Parameter } from '../../../shared/push/form.ts';
import { chanceOf } from '../../support/random.ts';
import { createPushPlan, defaultMix, type Mix, type PlannedPush } from '../pushes/push-plan.ts';

/** The accounts and devices of a run, and which device a push is for. */
export interface RegistryPlan {
  readonly devices: number;
  readonly accounts: number;
  /** The account that a device is first registered for. */
  readonly accountOf: (device: number) => number;
  /** What the gateway knows a device by. */
  readonly nameOf: (device: number) => { readonly appId: string; readonly deviceToken: string };
  readonly deviceOfPush: (push: number) => number;
  readonly planOf: (push: number) => PlannedPush;
}

/** Each device gets about this many pushes, one in each round. */
const rounds = 8;
const devicesPerAccount = 2.2;
const appIds = 5;

/** Creates the plan of a run in which clients push to devices of the registry. */
export function createRegistryPlan(seed: number, pushes: number, mix: Partial<Mix> = {}): RegistryPlan {
  // The registry says what is dead, and when.
  const pushPlan = createPushPlan(seed, { ...defaultMix, ...mix, deadShare: 0, twinShare: 0 });
  const devices = Math.max(4, Math.ceil(pushes / rounds));
  const accounts = Math.max(2, Math.ceil(devices / devicesPerAccount));
  const nameOf = (device: number) => {
    const appId = `com.example.app${String(Math.floor(chanceOf(seed, device, 202) * appIds))}`;
    return {
      appId,
      deviceToken: `${Math.floor(chanceOf(seed, device, 203) * 2 ** 32).toString(36)}+/${String(device)}==`,
    };
  };
  /** Each round begins with another device. */
  const deviceOfPush = (push: number) => {
    const first = Math.floor(chanceOf(seed, Math.floor(push / devices), 204) * devices);
    return (first + push) % devices;
  };
  return {
    ...{ devices, accounts, nameOf, deviceOfPush },
    accountOf: (device) => Math.floor(chanceOf(seed, device, 201) * accounts),
    planOf(push) {
      const { parameters, ...others } = pushPlan(push);
      const { appId, deviceToken } = nameOf(deviceOfPush(push));
      const values: Readonly<Record<string, string>> = { AppId: appId, DeviceToken: deviceToken };
      const renamed = parameters.map(([name, value]): Parameter => [name, values[name] ?? value]);
      return { ...others, appId, parameters: renamed };
    },
  };
}

/** The name of an account. */
export function accountName(account: number): string {
  return `account-${String(account)}`;
}

/** The number of an account. Other items of the table have none. */
export function accountNumber(name = ''): number | undefined {
  const match = /^account-(\d+)$/.exec(name);
  return match ? Number(match[1]) : undefined;
}

/** The selector of an account on a device. */
export function selectorOf(device: number, account: number): string {
  return `D${String(device)}:${String(account)}`;
}
