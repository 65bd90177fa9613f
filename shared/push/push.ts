import type { Parameter } from './form.ts';

/** The verbs that the gateway's document describes, each with the parameter that it needs besides the common ones. */
export const documentedVerbs = {
  NotifyTextMessage: { needs: ['Selector'] },
  NotifyGenericTextMessage: { needs: ['Message'] },
  NotifyReprovision: { needs: [] },
} as const satisfies Record<string, { readonly needs: readonly string[] }>;

/** Required with every verb. */
export const commonParameters = ['verb', 'AppId', 'DeviceToken'] as const;

/** The parameters that the gateway's document names. */
export const documentedParameters = [...commonParameters, 'Selector', 'Message'] as const;

/** One message for one device, as the gateway's parameters say it. */
export interface Push {
  readonly verb: string;
  readonly appId: string;
  readonly deviceToken: string;
  /** Every parameter in the order in which it came, the three above among them: what the gateway will get. */
  readonly parameters: readonly Parameter[];
}

/** The push that parameters make, or `undefined` where one of the three common ones is not there. */
export function pushOf(parameters: readonly Parameter[]): Push | undefined {
  const values = new Map(parameters);
  const verb = values.get('verb');
  const appId = values.get('AppId');
  const deviceToken = values.get('DeviceToken');
  if (verb === undefined || appId === undefined || deviceToken === undefined) return undefined;
  return { verb, appId, deviceToken, parameters };
}
