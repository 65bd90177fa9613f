import { encodeForm, type Parameter } from '../../../shared/push/form.ts';
import { chanceOf } from '../../support/random.ts';

/** A push that a client of a run sends. It depends on the seed and its number only. */
export interface PlannedPush {
  readonly number: number;
  /** The number of the first push with the same content: identical pushes may share an attempt. */
  readonly content: number;
  readonly app: number;
  readonly appId: string;
  readonly parameters: readonly Parameter[];
  /** Whether the gateway calls its device unregistered. */
  readonly isDead: boolean;
  /** Whether the gateway refuses it for good. */
  readonly isRefused: boolean;
  readonly ttlSeconds: number | undefined;
  readonly isJson: boolean;
}

/** Which pushes clients send. Shares are from 0 to 1. */
export interface Mix {
  readonly apps: number;
  /** The share of pushes of the first app; the others have equal shares of the rest. */
  readonly firstAppShare: number;
  readonly deadShare: number;
  readonly refusedShare: number;
  readonly ttlShare: number;
  /** The share of pushes that are sent again, as another push with the same content. */
  readonly twinShare: number;
}

export const defaultMix: Mix = {
  apps: 5,
  firstAppShare: 0.4,
  deadShare: 0.02,
  refusedShare: 0.002,
  ttlShare: 0,
  twinShare: 0.01,
};

const timesToLive = [0, 60, 3600, 86_400];

/**
 * Creates the plan of the pushes of a run: a push by its number.
 * @param first the lowest number.
 */
export function createPushPlan(seed: number, mix: Mix, first = 0): (number: number) => PlannedPush {
  // Spread over all bits, because neighbouring seeds would give pushes that differ in their order only.
  const spreadSeed = Math.imul(seed + 1, 0x9e3779b1);
  const chance = (number: number, concern: number) => chanceOf(spreadSeed, number, concern);
  const plan = (number: number): PlannedPush => {
    const isTwin = number > first && chance(number, 1) < mix.twinShare && chance(number - 1, 1) >= mix.twinShare;
    if (isTwin) return { ...plan(number - 1), number };
    const isFirst = mix.apps === 1 || chance(number, 2) < mix.firstAppShare;
    const app = isFirst ? 0 : 1 + Math.floor(chance(number, 3) * (mix.apps - 1));
    const appId = `com.example.app${String(app)}`;
    const kind = chance(number, 4);
    const token = `${Math.floor(chance(number, 5) * 2 ** 32).toString(36)}+/${String(number)}==`;
    const parameters: Parameter[] = [
      ['verb', kind < 0.6 ? 'NotifyTextMessage' : kind < 0.9 ? 'NotifyGenericTextMessage' : 'NotifyReprovision'],
      ['AppId', appId],
      ['DeviceToken', token],
    ];
    if (kind < 0.6) parameters.push(['Selector', 'C203056764290202B7DA6F61B98671616469AEDB:1DA7349B']);
    else if (kind < 0.9) parameters.push(['Message', `Grüße & 100 % "${String(number)}" 🎉`]);
    parameters.push(['Id', String(number)]);
    const ttl = chance(number, 6) / mix.ttlShare;
    return {
      number,
      content: number,
      app,
      appId,
      parameters,
      isDead: chance(number, 7) < mix.deadShare,
      isRefused: chance(number, 8) < mix.refusedShare,
      ttlSeconds: ttl < 1 ? timesToLive[Math.floor(ttl * timesToLive.length)] : undefined,
      isJson: chance(number, 9) < 0.2,
    };
  };
  return plan;
}

/** The request body of a push. */
export function bodyOf({ parameters, isJson }: PlannedPush): string {
  return isJson ? JSON.stringify(Object.fromEntries(parameters)) : encodeForm(parameters);
}

/** The number of the content of a form that the gateway gets; `NaN` if it has none. */
export function contentOfForm(form: string): number {
  const at = form.lastIndexOf('&Id=');
  return at === -1 ? NaN : Number(form.slice(at + 4));
}
