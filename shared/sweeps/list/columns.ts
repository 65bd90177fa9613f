import type { ListedDevice } from './device.ts';

/** The columns of a list, by what they are called: as the gateway's parameters, or as SIPIS exports them. */
const namesOf = {
  appId: ['appid'],
  deviceToken: ['devicetoken', 'token'],
  selector: ['selector'],
  lastSeen: ['lastseen'],
} as const satisfies Record<keyof ListedDevice, readonly string[]>;

export type Column = keyof ListedDevice;

const byName = new Map<string, Column>();
for (const [column, names] of Object.entries(namesOf) as [Column, readonly string[]][]) {
  for (const name of names) byName.set(name, column);
}

/** The column that a name stands for, whatever its case; `undefined` for one that is not read. */
export function columnOf(name: string): Column | undefined {
  return byName.get(name.trim().toLowerCase());
}
