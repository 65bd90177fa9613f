import { requires } from '../push/push.ts';
import { createFingerprintSet, fingerprintOf, positionOf } from './fingerprint.ts';
import { identityOfDevice, type ListedDevice } from './list/device.ts';
import { ListError, type CreateGunzip } from './list/lines.ts';
import { readRows } from './list/rows.ts';

export interface ExclusionOptions {
  readonly verb: string;
  /** The part of the list that is swept, as positions. */
  readonly from: number;
  readonly to: number;
  readonly maxRememberedDevices: number;
  readonly createGunzip?: CreateGunzip;
}

/** The devices that get no push, whatever account they are listed with. */
export interface Exclusion {
  readonly has: (device: ListedDevice) => boolean;
  /** Rows that name no device. */
  readonly unreadableRows: number;
}

/** The list of devices to leave out can't be read. */
export class ExclusionError extends ListError {}

/**
 * Reads a list of devices to leave out.
 * @throws ExclusionError if it can't be read, or has more devices than may be remembered: one that is forgotten would get
 * a push.
 */
export async function readExclusion(bytes: AsyncIterable<Uint8Array>, options: ExclusionOptions): Promise<Exclusion> {
  try {
    return await read(bytes, options);
  } catch (error) {
    throw error instanceof ListError ? new ExclusionError(error.message, { cause: error }) : error;
  }
}

async function read(
  bytes: AsyncIterable<Uint8Array>,
  { verb, from, to, maxRememberedDevices, createGunzip }: ExclusionOptions,
): Promise<Exclusion> {
  const excluded = createFingerprintSet(maxRememberedDevices);
  // The pushes of one device are in several slices if each is for an account.
  const isInOneSlice = !requires(verb, 'Selector');
  let unreadableRows = 0;
  for await (const { rows } of readRows(bytes, createGunzip)) {
    for (const row of rows) {
      if ('fault' in row || row.device.appId === '' || row.device.deviceToken === '') {
        unreadableRows += 1;
        continue;
      }
      const fingerprint = fingerprintOf(identityOfDevice(row.device));
      const position = positionOf(fingerprint);
      if (isInOneSlice && (position < from || position >= to)) continue;
      if (excluded.add(fingerprint) !== 'full') continue;
      const remedy = isInOneSlice ? 'choose a longer window, which has more slices' : 'divide the sweep';
      throw new ListError(
        `The list of except has more than ${String(maxRememberedDevices)} devices for one slice: ${remedy}.`,
      );
    }
  }
  return { has: (device) => excluded.has(fingerprintOf(identityOfDevice(device))), unreadableRows };
}
