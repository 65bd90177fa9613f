import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { signatureOf } from '../../../shared/registry/signature.ts';
import { deviceEvent } from '../../support/devices.ts';
import { accountName, selectorOf, type RegistryPlan } from './registry-plan.ts';

/** What an app sends, or somebody who has no signature. */
export const requestKinds = ['report', 'removal', 'removal by selector', 'forged report'] as const;

/** The kind and the version of a request, as one number of the history. */
export function encodeRequest({ kind, version }: Pick<AppRequest, 'kind' | 'version'>): number {
  return requestKinds.indexOf(kind) + requestKinds.length * version;
}

export function decodeRequest(number: number): Pick<AppRequest, 'kind' | 'version'> {
  const kind = requestKinds[number % requestKinds.length];
  if (kind === undefined) throw new Error(`${String(number)} is no request of the history`);
  return { kind, version: Math.floor(number / requestKinds.length) };
}

/** The results of the function, as the history has them. */
export const results = ['registered', 'unchanged', 'outdated', 'removed'] as const;

export interface AppRequest {
  readonly number: number;
  readonly kind: (typeof requestKinds)[number];
  readonly device: number;
  readonly account: number;
  readonly version: number;
}

/** Requests have other numbers than the invocations of other functions. */
export const firstRequest = 1_200_000_000;
/** The same of invocations that prune. */
export const firstPrune = 1_400_000_000;

/** The secret of the deployment. */
export const reportSecret = 'a-secret-of-the-simulation';

/** How apps are provisioned to report: each device in one way. */
const ways = ['query', 'form', 'json'] as const;

/** The event of a request. @param atMs when it reached the API, since the epoch. */
export function eventOfRequest(request: AppRequest, plan: RegistryPlan, atMs: number): APIGatewayProxyEventV2 {
  const { kind, device } = request;
  const values = valuesOf(request, plan);
  const { account, sig, ...others } = values;
  const path = kind === 'report' || kind === 'forged report' ? '/devices/report' : '/devices/remove';
  const way = ways[device % ways.length] ?? 'query';
  if (way === 'query') return deviceEvent({ path, atMs, query: values });
  const query = { account, sig };
  if (way === 'form') return deviceEvent({ path, atMs, query, body: new URLSearchParams(others).toString() });
  return deviceEvent({
    ...{ path, atMs, query, body: JSON.stringify(others) },
    headers: { 'content-type': 'application/json' },
  });
}

function valuesOf({ kind, device, account, version }: AppRequest, plan: RegistryPlan) {
  const name = accountName(account);
  const { appId, deviceToken: token } = plan.nameOf(device);
  const selector = selectorOf(device, account);
  const signed = { account: name, sig: signatureOf(name, kind === 'forged report' ? 'another-secret' : reportSecret) };
  switch (kind) {
    case 'report':
    case 'forged report':
      return { ...signed, token, appId, selector, version: versionName(version) };
    case 'removal':
      return { ...signed, token, appId };
    case 'removal by selector':
      return { ...signed, token: '', appId, selector };
    default:
      return kind satisfies never;
  }
}

/** The version of an app, as it reports it. */
export function versionName(version: number): string {
  return `1.${String(version)}`;
}
