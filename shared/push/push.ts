import type { GatewayFormat } from '../gateway-format.ts';
import type { Parameter } from './form.ts';

interface Verb {
  /** The parameters that it requires besides the common ones. */
  readonly required: readonly string[];
  /** Whether it is for the device and not for an account: the newer gateway requires a Selector with all others. */
  readonly isForDevice?: true;
  /** Whether the app does the same thing once, however many identical pushes it gets: see `sharesAttempt`. */
  readonly sharesAttempt: boolean;
  /** What the app does on its own when it gets the push, for the preview of a sweep: "the devices …". */
  readonly reaction?: string;
}

/**
 * The verbs that the gateway's document describes. Validation, shared attempts, the options and checks of the CLI and
 * the parameters that are kept out of logs all derive from this table.
 */
export const verbs: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ['NotifyTextMessage', { required: ['Selector'], sharesAttempt: true, reaction: 'fetch their messages' }],
  // The app shows the text each time.
  ['NotifyGenericTextMessage', { required: ['Message'], isForDevice: true, sharesAttempt: false }],
  ['NotifyReprovision', { required: [], sharesAttempt: true, reaction: 'load their configuration' }],
]);

/** Required with every verb. */
export const commonParameters = ['verb', 'AppId', 'DeviceToken'] as const;

/** The parameters that some verbs require, each with those verbs. */
export const verbParameters: ReadonlyMap<string, readonly string[]> = new Map(
  [...verbs.values()]
    .flatMap(({ required }) => required)
    .map((parameter) => [parameter, [...verbs.keys()].filter((verb) => requires(verb, parameter))]),
);

/** The parameters whose meaning the relay knows. Others pass through unchanged. */
export const documentedParameters: readonly string[] = [...commonParameters, ...verbParameters.keys()];

/** Whether a verb requires a parameter besides the common ones. */
export function requires(verb: string, parameter: string): boolean {
  return verbs.get(verb)?.required.includes(parameter) === true;
}

/** Whether a gateway requires a Selector with a verb. */
export function requiresSelector(verb: string, gatewayFormat: GatewayFormat | undefined): boolean {
  const isRequiredByNewer = gatewayFormat === 'json' && verbs.get(verb)?.isForDevice !== true;
  return isRequiredByNewer || requires(verb, 'Selector');
}

/** One message for one device, as the gateway's parameters describe it. */
export interface Push {
  readonly verb: string;
  readonly appId: string;
  readonly deviceToken: string;
  /** Every parameter in the order in which it came, including the three above: what the gateway receives. */
  readonly parameters: readonly Parameter[];
}

/**
 * Whether identical pushes in one batch share one attempt. A push with a Message never does, whatever its verb: the app
 * shows each, and two people can send the same words.
 */
export function sharesAttempt({ verb, parameters }: Push): boolean {
  return verbs.get(verb)?.sharesAttempt === true && !parameters.some(([name]) => name === 'Message');
}

/** The push with these parameters, or `undefined` if a common one is missing. */
export function pushOf(parameters: readonly Parameter[]): Push | undefined {
  const values = new Map(parameters);
  const verb = values.get('verb');
  const appId = values.get('AppId');
  const deviceToken = values.get('DeviceToken');
  if (verb === undefined || appId === undefined || deviceToken === undefined) return undefined;
  return { verb, appId, deviceToken, parameters };
}
