import { createHash } from 'node:crypto';
import type { Field } from './form.ts';
import type { Push } from './push.ts';

/** An AppId is of any length that the door lets through; a log line need not be. */
const appIdCharacters = 128;

/** A push in a log: enough to follow its device and its app, nothing that could be misused. */
export function describePush({ verb, appId, deviceToken }: Push) {
  return { verb, appId: appId.slice(0, appIdCharacters), device: deviceHash(appId, deviceToken) };
}

/**
 * What can be told of a form that is no push. A verb only where it is one of the known words, an AppId only where it is
 * there once and without white space: anything else may be a piece of a text whose '&' was not encoded.
 */
export function describeFields(fields: readonly Field[], knownVerbs: readonly string[]) {
  const valueOf = (parameter: string) => {
    const [field, ...more] = fields.filter(({ name }) => name === parameter);
    const isWell = field !== undefined && 'value' in field && more.length === 0 && /^\S+$/.test(field.value);
    return isWell ? field.value : undefined;
  };
  const verb = knownVerbs.find((known) => known === valueOf('verb'));
  const [appId, deviceToken] = [valueOf('AppId'), valueOf('DeviceToken')];
  return {
    ...(verb !== undefined && { verb }),
    ...(appId !== undefined && { appId: appId.slice(0, appIdCharacters) }),
    ...(appId !== undefined && deviceToken !== undefined && { device: deviceHash(appId, deviceToken) }),
  };
}

/**
 * A device's name in logs and dead letters: the same everywhere, so that it can be followed,
 * and of no use for sending it a push.
 */
export function deviceHash(appId: string, deviceToken: string): string {
  // The NUL keeps ("ab", "c") and ("a", "bc") apart; neither part can hold one, for the door refuses it.
  return createHash('sha256').update(`${appId}\0${deviceToken}`).digest('hex').slice(0, 12);
}
