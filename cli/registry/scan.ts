import type { RegisteredDevice } from '../../shared/registry/device.ts';
import { counted } from '../counted.ts';
import { createProgress } from '../progress.ts';
import type { RegistryConnection } from './connection.ts';

/** What a scan needs of a connection. */
export type ScanSource = Pick<RegistryConnection, 'registry' | 'countItems' | 'context'>;

/**
 * Reads all devices of the table, page by page, with a progress bar. The devices of an account come one after another.
 * @throws the reason of an interruption, and the errors of the SDK.
 */
export async function scanDevices(
  { registry, countItems, context }: ScanSource,
  handle: (devices: readonly RegisteredDevice[]) => Promise<void> | void,
): Promise<number> {
  const { stderr, now, interrupted } = context;
  const expected = await countItems();
  const progress = createProgress(stderr, now);
  let read = 0;
  try {
    for await (const devices of registry.scan()) {
      interrupted.throwIfAborted();
      read += devices.length;
      await handle(devices);
      const total = Math.max(read, expected);
      progress.show(
        read,
        total,
        `${total > read ? `${String(read)} of about ${counted(total, 'device')}` : counted(read, 'device')} read`,
      );
    }
    return read;
  } finally {
    progress.end();
  }
}
