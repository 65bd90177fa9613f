import { hash } from 'node:crypto';
import type { Field } from './form.ts';
import type { Push } from './push.ts';

/** An AppId can be as long as the form, so it is cut in a log. */
const appIdCharacters = 128;

/** The fields of a push in a log: enough to follow its app and its device, and nothing that can be misused. */
export function describePush({ verb, appId, deviceToken }: Push) {
  return { verb, appId: appId.slice(0, appIdCharacters), device: deviceHash(appId, deviceToken) };
}

/**
 * The fields of an invalid form in a log. The verb only if it is a known one, and the AppId only if it is sent once and
 * without white space: anything else may be part of a text whose '&' was not encoded.
 */
export function describeFields(fields: readonly Field[], knownVerbs: readonly string[]) {
  const valueOf = (parameter: string) => {
    const [field, ...more] = fields.filter(({ name }) => name === parameter);
    const isValid = field !== undefined && 'value' in field && more.length === 0 && /^\S+$/.test(field.value);
    return isValid ? field.value : undefined;
  };
  const [verb, appId, deviceToken] = [valueOf('verb'), valueOf('AppId'), valueOf('DeviceToken')];
  return {
    ...(knownVerbs.includes(verb ?? '') && { verb }),
    ...(appId !== undefined && { appId: appId.slice(0, appIdCharacters) }),
    ...(appId !== undefined && deviceToken !== undefined && { device: deviceHash(appId, deviceToken) }),
  };
}

/**
 * The name of a device in logs and dead letters: the same everywhere, so that the device can be followed, and useless
 * for sending it a push.
 */
export function deviceHash(appId: string, deviceToken: string): string {
  // The NUL distinguishes ("ab", "c") from ("a", "bc"). Neither part contains one, because validation refuses it.
  return hash('sha256', `${appId}\0${deviceToken}`).slice(0, 12);
}
