import { deviceKeyOf, type RegisteredDevice } from '../../../shared/registry/device.ts';
import type { Registry } from '../../../shared/registry/registry.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Process } from '../kernel/process.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import { day, second } from '../scenario.ts';
import { nameOfAccount, nameOfDevice, selectorOfDevice, type Accounts } from './accounts.ts';

export interface RegistrationsOptions {
  readonly accounts: Accounts;
  readonly registry: Registry;
  /** In which the registry is written. */
  readonly process: Process;
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  /** Whether devices no longer come and go. */
  readonly isOver: () => boolean;
}

const daysToLive = 180;

/** Fills the registry with the devices of a run at its start, and then lets some of them come and go. */
export function startRegistrations(options: RegistrationsOptions): void {
  const { accounts, registry, process, scheduler, chance, isOver } = options;
  const reported = (device: number, lastSeenMs: number): RegisteredDevice => ({
    ...nameOfDevice(device),
    account: nameOfAccount(accounts.accountOf(device)),
    selector: selectorOfDevice(device),
    ...{ firstSeenMs: lastSeenMs, lastSeenMs },
  });
  /** Writes until the table takes it. */
  const persist = async (write: () => Promise<unknown>): Promise<void> => {
    for (;;) {
      try {
        await write();
        return;
      } catch {
        await process.sleep(second);
      }
    }
  };
  const add = (device: number) => persist(() => registry.put(reported(device, process.now()), daysToLive));
  const remove = (device: number) =>
    persist(() => {
      const { account } = reported(device, 0);
      return registry.markRemoved(account, deviceKeyOf(nameOfDevice(device)), process.now());
    });

  const comeAndGo = async (device: number) => {
    let isThere = true;
    while (!isOver()) {
      await process.sleep(chance.between(1, 20) * second);
      isThere = !isThere;
      await (isThere ? add : remove)(device);
    }
  };
  const begin = async (device: number): Promise<void> => {
    const state = accounts.stateOf(device);
    const expiredMs = process.now() - (daysToLive + 1) * day;
    if (state === 'removed') await remove(device);
    else if (state === 'expired') await persist(() => registry.put(reported(device, expiredMs), daysToLive));
    else await add(device);
    if (state === 'changing') await comeAndGo(device);
  };
  scheduler.at(0, () => {
    scheduler.wake();
    for (let device = 0; device < accounts.devices; device += 1) void begin(device);
  });
}
