import type { LogFields } from '../../shared/log.ts';
import type { Field } from '../../shared/push/form.ts';
import type { Push } from '../../shared/push/push.ts';
import {
  detailOfMisspelling,
  faultsOfParameter,
  knownVerbs,
  validatePush,
  type Fault,
  type PushRules,
} from '../../shared/push/validation.ts';
import { deviceBounds, type RegisteredDevice } from '../../shared/registry/device.ts';
import { describeFields, type Problem } from './problem.ts';

/** Stands in place of AppId, DeviceToken and Selector. The gateway never gets it. */
const accountParameter = 'Account';

/** The values that the registry has for a push to an account. */
type DeviceValues = Pick<RegisteredDevice, 'appId' | 'deviceToken' | 'selector'>;

const valuesOf = ({ appId, deviceToken, selector }: DeviceValues) =>
  ({ AppId: appId, DeviceToken: deviceToken, Selector: selector }) as const;

/** The rest of a push is validated with these, so that its faults are reported before the registry is read. */
const standIns = new Map<string, string>(
  Object.entries(valuesOf({ appId: 'app', deviceToken: 'token', selector: 'selector' })),
);

/** A push to each device of an account. */
export interface AccountPush {
  readonly account: string;
  readonly verb: string;
  readonly pushTo: (device: DeviceValues) => Push;
}

type AccountPushReading =
  | { readonly ok: true; readonly accountPush: AccountPush }
  | { readonly ok: false; readonly problem: Problem; readonly fields: LogFields };

/** Whether decoded fields are a push to an account. */
export function namesAccount(fields: readonly Field[]): boolean {
  return fields.some(({ name }) => name === accountParameter);
}

/** Reads a push to an account from its decoded fields. AppId, DeviceToken and Selector stand where Account was. */
export function readAccountPush(fields: readonly Field[], rules: PushRules): AccountPushReading {
  const sent = fields.filter(({ name }) => name === accountParameter);
  const [first] = sent;
  const besides = fields.filter(({ name }) => standIns.has(name));
  const others = fields.flatMap((field): readonly Field[] => {
    if (field === first) return [...standIns].map(([name, value]) => ({ name, value }));
    return field.name === accountParameter || standIns.has(field.name) ? [] : [field];
  });
  const reading = validatePush(others, rules);
  const faults = [...faultsOfAccount(sent), ...faultsOfOthers(besides), ...faultsOfMisspelling(others, true)];
  if (!reading.ok) faults.push(...reading.faults);
  if (first === undefined || !('value' in first) || !reading.ok || faults.length > 0) {
    const problem: Problem = { kind: 'invalid-parameters', faults };
    return { ok: false, problem, fields: describeFields(fields, knownVerbs(rules)) };
  }
  const { verb, parameters } = reading.push;
  const pushTo = (device: DeviceValues): Push => {
    const values = new Map<string, string>(Object.entries(valuesOf(device)));
    const { appId, deviceToken } = device;
    return {
      verb,
      appId,
      deviceToken,
      parameters: parameters.map(([name, value]) => [name, values.get(name) ?? value]),
    };
  };
  return { ok: true, accountPush: { account: first.value, verb, pushTo } };
}

/** A fault if a push without AppId and DeviceToken has a parameter that may be meant as Account. */
export function faultsOfAccountMeant(fields: readonly Field[]): Fault[] {
  const isForDevice = fields.some(({ name }) => ['appid', 'devicetoken'].includes(name.toLowerCase()));
  return isForDevice ? [] : faultsOfMisspelling(fields, false);
}

function faultsOfAccount(sent: readonly Field[]): Fault[] {
  const parameter = accountParameter;
  const faults = faultsOfParameter(parameter, sent);
  const values = sent.flatMap((field) => ('value' in field ? [field.value] : []));
  if (values.includes('')) faults.push({ parameter, code: 'empty', detail: `${parameter} is empty.` });
  if (values.some((value) => value.length > deviceBounds.account)) {
    const detail = `${parameter} is longer than ${String(deviceBounds.account)} characters.`;
    faults.push({ parameter, code: 'too-long', detail });
  }
  return faults;
}

function faultsOfOthers(besides: readonly Field[]): Fault[] {
  return [...new Set(besides.map(({ name }) => name))].map((parameter) => ({
    parameter,
    code: 'conflict',
    detail: `${parameter} is sent beside ${accountParameter}: remove one of them. The registry has the ${parameter} of each device of an account.`,
  }));
}

function faultsOfMisspelling(fields: readonly Field[], isPresent: boolean): Fault[] {
  const lowerCase = accountParameter.toLowerCase();
  const misspelt = fields.find(({ name }) => name !== accountParameter && name.toLowerCase() === lowerCase);
  if (misspelt === undefined) return [];
  const { name: parameter } = misspelt;
  return [{ parameter, code: 'misspelt', detail: detailOfMisspelling(parameter, accountParameter, isPresent) }];
}
