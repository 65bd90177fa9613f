import { hash } from 'node:crypto';
import { deviceKeyOf } from '../registry/device.ts';
import type { Push } from './push.ts';

/** An AppId can be as long as the form, so it is cut in a log. */
export const appIdCharacters = 128;

/** The fields of a push in a log: enough to follow its app and its device, and nothing that can be misused. */
export function describePush({ verb, appId, deviceToken }: Push) {
  return { verb, appId: appId.slice(0, appIdCharacters), device: deviceHash(appId, deviceToken) };
}

/**
 * The name of a device in logs and dead letters: the same everywhere, so that the device can be followed, and useless
 * for sending it a push. It is the beginning of its key in the registry.
 */
export function deviceHash(appId: string, deviceToken: string): string {
  return deviceKeyOf({ appId, deviceToken }).slice(0, 12);
}

/** The name of an account in logs: the same everywhere. It hides an account only from those who cannot guess it. */
export function accountHash(account: string): string {
  return hash('sha256', account).slice(0, 12);
}
