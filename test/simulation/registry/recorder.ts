import { deviceKeyOf } from '../../../shared/registry/device.ts';
import { kinds, type History } from '../history.ts';
import type { TableWrite } from '../models/dynamodb-client.ts';
import { versionName } from './app-request.ts';
import type { Handsets } from '../world/handsets.ts';
import { accountNumber, selectorOf } from './registry-plan.ts';

/** Creates what records each write of the registry. */
export function createRegistryRecorder(history: History, { plan, apps }: Handsets, epochMs: number) {
  const devices = new Map<string, number>();
  for (let device = 0; device < plan.devices; device += 1) devices.set(deviceKeyOf(plan.nameOf(device)), device);

  /** Whether an item has what the app has reported. */
  const isIntact = (item: NonNullable<TableWrite['after']>, device: number, account: number, task: number) => {
    const request = apps.requestOf(task);
    const { appId, deviceToken } = plan.nameOf(device);
    return (
      item['appId']?.S === appId &&
      item['token']?.S === deviceToken &&
      item['selector']?.S === selectorOf(device, account) &&
      (request === undefined || item['version']?.S === versionName(request.version))
    );
  };
  return ({ before, after, task }: TableWrite) => {
    const item = after ?? before;
    const account = accountNumber(item?.['account']?.S);
    if (item === undefined || account === undefined) return;
    const device = devices.get(item['key']?.S ?? '') ?? -1;
    if (after === undefined) history.record(kinds.erased, device, account, task);
    else if (after['lastSeen'] === undefined) {
      history.record(kinds.marked, device, account, task, Number(after['removedAt']?.N) - epochMs);
    } else {
      history.record(kinds.registered, device, account, task, Number(after['lastSeen'].N) - epochMs);
      if (!isIntact(after, device, account, task)) history.record(kinds.mishap, 4);
    }
  };
}
