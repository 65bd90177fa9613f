import type { Field } from '../push/form.ts';
import { detailOfMisspelling, type Fault } from '../push/validation.ts';
import { deviceBounds, type DeviceName, type ReportedDevice } from './device.ts';

/** Why a report, a removal or a row of an import is refused. */
export const deviceFaultCodes = [
  'missing',
  'empty',
  'placeholder',
  'repeated',
  'misspelt',
  'white-space',
  'character',
  'too-long',
  'reserved',
  'nested',
  'number',
  'object',
  'json',
  'base64',
  'event',
] as const;

export type DeviceFault = Fault<(typeof deviceFaultCodes)[number]>;

/** The values of a device by the names that apps report them under, with the most characters of each. */
const parameters = {
  account: deviceBounds.account,
  token: deviceBounds.deviceToken,
  appId: deviceBounds.appId,
  selector: deviceBounds.selector,
  callToken: deviceBounds.deviceToken,
  callAppId: deviceBounds.appId,
  platform: deviceBounds.platform,
  version: deviceBounds.version,
} as const;

type ParameterName = keyof typeof parameters;

/** Parameters in which white space and `%` are always an encoding fault: a token is base64. */
const identifiers: ReadonlySet<ParameterName> = new Set(['token', 'appId', 'selector', 'callToken', 'callAppId']);

type DeviceReading =
  | {
      readonly ok: true;
      readonly device: ReportedDevice;
      /** What is wrong with the optional values that were left out. */
      readonly ignored: readonly DeviceFault[];
    }
  | { readonly ok: false; readonly faults: readonly DeviceFault[] };

/**
 * Reads a device from the decoded fields of a report or of a row, or tells everything that is wrong with its required
 * values. An optional value that cannot be used counts as absent, so that an app does not lose its device for it. Other
 * fields have no effect.
 */
export function readDevice(fields: readonly Field[]): DeviceReading {
  const reader = readerOf(fields);
  const account = reader.required('account');
  const deviceToken = reader.required('token');
  const appId = reader.required('appId');
  const selector = reader.required('selector');
  const { faults } = reader;
  if (faults.length > 0) return { ok: false, faults };
  const call = readCall(reader);
  const platform = reader.optional('platform');
  const version = reader.optional('version');
  return {
    ok: true,
    device: {
      ...{ account, deviceToken, appId, selector },
      ...(call && { call }),
      ...(platform !== undefined && { platform }),
      ...(version !== undefined && { version }),
    },
    ignored: faults,
  };
}

/** The devices of an account that a removal means. */
export type RemovalTarget =
  { readonly kind: 'device'; readonly device: DeviceName } | { readonly kind: 'selector'; readonly selector: string };

type RemovalReading =
  | { readonly ok: true; readonly account: string; readonly target: RemovalTarget }
  | { readonly ok: false; readonly faults: readonly DeviceFault[] };

/** Reads a removal: of one device, or without a token that can be used, of all devices with its selector. */
export function readRemoval(fields: readonly Field[]): RemovalReading {
  const reader = readerOf(fields);
  const account = reader.required('account');
  const selector = reader.hasValue('token') ? undefined : reader.optional('selector');
  const target: RemovalTarget =
    selector !== undefined
      ? { kind: 'selector', selector }
      : { kind: 'device', device: { deviceToken: reader.required('token'), appId: reader.required('appId') } };
  const { faults } = reader;
  return faults.length > 0 ? { ok: false, faults } : { ok: true, account, target };
}

/** The call pair: both of its values, or neither. */
function readCall(reader: Reader): ReportedDevice['call'] {
  const deviceToken = reader.optional('callToken');
  const appId = reader.optional('callAppId');
  if (deviceToken !== undefined && appId !== undefined) return { appId, deviceToken };
  // A half that the app has no value for leaves the pair out. A half that is not sent is a mistake in the address.
  if (deviceToken !== undefined) reader.requirePresence('callAppId', 'callToken');
  if (appId !== undefined) reader.requirePresence('callToken', 'callAppId');
  return undefined;
}

type Reader = ReturnType<typeof readerOf>;

/** A value, the reason why there is none, or the faults that it has. */
type Value =
  | { readonly kind: 'usable'; readonly value: string }
  | { readonly kind: 'unusable'; readonly code: 'missing' | 'empty' | 'placeholder' }
  | { readonly kind: 'faulty'; readonly faults: readonly DeviceFault[] };

function readerOf(fields: readonly Field[]) {
  const byName = Map.groupBy(fields, ({ name }) => name);
  const faults: DeviceFault[] = [];
  return {
    faults,
    required(name: ParameterName): string {
      const value = readValue(name, byName);
      if (value.kind === 'usable') return value.value;
      if (value.kind === 'faulty') faults.push(...value.faults);
      else faults.push({ parameter: name, code: value.code, detail: `${name} ${unusable[value.code]}` });
      return '';
    },
    optional(name: ParameterName): string | undefined {
      const value = readValue(name, byName);
      if (value.kind === 'faulty') faults.push(...value.faults);
      return value.kind === 'usable' ? value.value : undefined;
    },
    hasValue: (name: ParameterName) => readValue(name, byName).kind !== 'unusable',
    requirePresence(name: ParameterName, other: ParameterName): void {
      const value = readValue(name, byName);
      if (value.kind !== 'unusable' || value.code !== 'missing') return;
      const detail = `${name} is missing: send it with ${other}, or neither.`;
      faults.push({ parameter: name, code: 'missing', detail });
    },
  };
}

const unusable = {
  missing: 'is missing.',
  empty: 'is empty: the app had no value for it.',
  placeholder:
    'has a placeholder that the app did not fill in, such as %pushToken%, a stray %, or text that is not UTF-8.',
} as const;

/** A placeholder of the app, such as %account[username]%, or what is left of one that was decoded on the way. */
const notFilledIn = /%[a-z][^%\s]*%|\uFFFD/i;
const controlCharacter = /\p{Cc}/u;

function readValue(name: ParameterName, byName: ReadonlyMap<string, readonly Field[]>): Value {
  const [field, ...others] = byName.get(name) ?? [];
  if (field === undefined) {
    // Names are case-sensitive: `appid` beside an `appId` has no effect, but alone it is a mistake.
    const parameter = byName.keys().find((sent) => sent.toLowerCase() === name.toLowerCase());
    if (parameter === undefined) return { kind: 'unusable', code: 'missing' };
    const detail = detailOfMisspelling(parameter, name, false);
    return { kind: 'faulty', faults: [{ parameter, code: 'misspelt', detail }] };
  }
  const faults: DeviceFault[] = [];
  const add = (code: DeviceFault['code'], detail: string) => {
    faults.push({ parameter: name, code, detail: `${name} ${detail}` });
  };
  // The same value in the address and in the body is no contradiction.
  if (others.some((other) => contentOf(other) !== contentOf(field))) add('repeated', 'has several values: send one.');
  else if ('fault' in field) {
    if (field.fault === 'percent-encoding' || field.fault === 'utf-8') return { kind: 'unusable', code: 'placeholder' };
    add(field.fault, 'must be a string in JSON.');
  } else {
    const { value } = field;
    if (value === '') return { kind: 'unusable', code: 'empty' };
    if (notFilledIn.test(value) || (identifiers.has(name) && value.includes('%')))
      return { kind: 'unusable', code: 'placeholder' };
    if (value.length > parameters[name]) add('too-long', `is longer than ${String(parameters[name])} characters.`);
    if (controlCharacter.test(value)) add('character', 'contains a control character: remove it.');
    if (identifiers.has(name) && /\s/.test(value)) {
      add('white-space', "contains white space: send none, and encode '+' as %2B in an address or a form.");
    }
    if (name === 'account' && value.startsWith('#')) add('reserved', "begins with '#', which no account may do.");
    if (faults.length === 0) return { kind: 'usable', value };
  }
  return { kind: 'faulty', faults };
}

function contentOf(field: Field): string {
  return 'value' in field ? `value ${field.value}` : `fault ${field.fault}`;
}
