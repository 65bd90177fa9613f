import type { Rules } from '../rules/rules.ts';
import { results } from './app-request.ts';
import { dayMs, type RegistryRuleContext } from './context.ts';
import type { Request } from './facts.ts';
import { statesSince, type Pair, type State } from './mirror.ts';

/** The API gives a request up after this time. */
const apiWaitsMs = 30_000;

/** Rules of what the apps are told. */
export function createAnswerRules({ registry, violate, devicesPerAccount, isSound }: RegistryRuleContext) {
  const { mirror, requests, pairOf } = registry;
  const counts = { reports: 0, removals: 0, unchanged: 0, outdated: 0, requestsFailed: 0 };
  /** When the last report of a pair came that was answered as unchanged. */
  const unchangedAt = new Map<Pair, number>();

  const checkReport = (request: Request, result: (typeof results)[number], at: number) => {
    const pair = pairOf(request);
    const had = (fits: (state: State) => boolean) => statesSince(pair, request.at).some(fits);
    if (result === 'registered' && !request.hasWritten) {
      violate('a report is answered before the registry has it', pair);
    }
    if (result === 'unchanged') {
      counts.unchanged += 1;
      unchangedAt.set(pair, request.at);
      const isThere = had(
        ({ kind, ms, by }) =>
          kind === 'device' && request.at - ms < dayMs && requests.get(by)?.version === request.version,
      );
      if (!isThere) violate('a report is called unchanged, but the registry has something else', pair);
    }
    if (result === 'outdated') {
      counts.outdated += 1;
      const isNewer = had(({ kind, ms }) => (kind === 'device' ? ms > request.at : ms >= request.at));
      if (!isNewer) violate('a report is called outdated, but the registry has nothing newer', pair);
    }
    const isTooFull = mirror.registered(request.account) > devicesPerAccount;
    if (!request.isShared && isTooFull) violate('an account has more devices than its limit', pair);
    if (at - request.at > apiWaitsMs) violate('a report takes longer than the API waits', pair);
  };

  const checkRemoval = (request: Request, at: number) => {
    const pair = pairOf(request);
    if (statesSince(pair, request.at).every(({ kind, ms }) => kind === 'device' && ms <= request.at)) {
      violate('a removal is answered, but the device stays', pair);
    }
    const canMark = mirror.marks(request.account, at) < devicesPerAccount;
    // Without its token, the registry finds only a device that it has.
    if (request.hasWritten || (request.kind === 'removal' && canMark)) {
      pair.removedAt = Math.max(pair.removedAt, request.at);
    }
  };

  const rules: Rules = {
    on: {
      replied({ a, b, c: status, at }) {
        const request = requests.get(a);
        if (request === undefined) return;
        const { kind } = request;
        const result = results[b];
        if (kind === 'forged report') {
          if (status === 200) violate('a report with a wrong signature is taken', request);
          return;
        }
        counts[kind === 'report' ? 'reports' : 'removals'] += 1;
        if (status === 401) violate('a report with a valid signature is refused', request);
        else if (![0, 200, 503].includes(status)) violate(`a request is answered with ${String(status)}`, request);
        if (status !== 200) {
          counts.requestsFailed += 1;
          if (isSound) violate('a request of an app fails although everything works', request);
        } else if (result === undefined) violate('the result of a request is unknown', request);
        else if (kind === 'report') checkReport(request, result, at);
        else checkRemoval(request, at);
      },
    },
  };
  return { rules, counts, unchangedAt };
}
