import { deviceHash } from './device-hash.ts';
import type { Push } from './push.ts';

/** An AppId is of any length that the door lets through; a log line need not be. */
const appIdCharacters = 128;

/** A push in a log: enough to follow its device and its app, nothing that could be misused. */
export function describePush({ verb, appId, deviceToken }: Push) {
  return { verb, appId: appId.slice(0, appIdCharacters), device: deviceHash(appId, deviceToken) };
}
