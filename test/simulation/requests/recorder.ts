import { deviceKeyOf } from '../../../shared/registry/device.ts';
import { kinds, type History } from '../history.ts';
import type { TableWrite } from '../models/dynamodb-client.ts';
import { nameOfDevice, type Accounts } from './accounts.ts';

/** What the record of an idempotent request says, in the history. */
export const keyStates = { deleted: 0, underWay: 1, answered: 2 } as const;

/**
 * Creates what records the writes to the table: those of devices, and those of a call to the record of its key.
 * @param nowMs milliseconds since the epoch.
 */
export function createTableRecorder(history: History, accounts: Accounts, nowMs: () => number) {
  const devices = new Map<string, number>();
  for (let device = 0; device < accounts.devices; device += 1) devices.set(deviceKeyOf(nameOfDevice(device)), device);
  return ({ before, after }: TableWrite, call: number): void => {
    const item = after ?? before ?? {};
    const device = devices.get(item['key']?.S ?? '');
    if (device === undefined) {
      const { deleted, underWay, answered } = keyStates;
      const state = after === undefined ? deleted : after['status']?.S === 'COMPLETED' ? answered : underWay;
      history.record(kinds.keyWritten, call, state);
      return;
    }
    // The mark of a removal has not been seen, and an expired device is one no more.
    const isThere = after?.['lastSeen'] !== undefined && Number(after['expiresAt']?.N) * 1000 > nowMs();
    history.record(isThere ? kinds.deviceAdded : kinds.deviceRemoved, device);
  };
}
