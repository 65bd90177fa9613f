import { createHash } from 'node:crypto';

/**
 * A device's name in logs and dead letters: the same everywhere, so that it can be followed,
 * and of no use for sending it a push.
 */
export function deviceHash(appId: string, deviceToken: string): string {
  // The NUL keeps ("ab", "c") and ("a", "bc") apart; neither part can hold one, for the door refuses it.
  return createHash('sha256').update(`${appId}\0${deviceToken}`).digest('hex').slice(0, 12);
}
