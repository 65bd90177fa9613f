import type { Parameter } from '../../shared/push/form.ts';
import { pushOf, type Push } from '../../shared/push/push.ts';
import type { PushRules } from '../../shared/push/validation.ts';

/** The parameters of a valid push, with overrides; `undefined` leaves one out. */
export function parametersWith(overrides: Readonly<Record<string, string | undefined>> = {}): Parameter[] {
  const parameters: Readonly<Record<string, string | undefined>> = {
    verb: 'NotifyTextMessage',
    AppId: 'com.example.softphone',
    DeviceToken: 'LA7U4xm7MqZCVqFPhf4Dz2sILOJ9iVGh0eeTBOyKDRs=',
    Selector: 'C203056764290202B7DA6F61B98671616469AEDB:1DA7349B',
    ...overrides,
  };
  return Object.entries(parameters).flatMap(([name, value]): Parameter[] =>
    value === undefined ? [] : [[name, value]],
  );
}

/** A valid push, with overrides of its parameters. */
export function pushWith(overrides: Readonly<Record<string, string | undefined>> = {}): Push {
  const push = pushOf(parametersWith(overrides));
  if (push === undefined) throw new Error('a push needs verb, AppId and DeviceToken');
  return push;
}

export const strictRules: PushRules = { extraVerbs: [], selectorRequired: true };
