import { mappingSettings, stackSettings } from '../../shared/settings.ts';
import { readParameter, type ParameterValues } from '../parameters.ts';
import type { Check } from './check.ts';

/** The concurrent executions that an account allows in a region, for all functions together. */
export interface AccountConcurrency {
  readonly limit: number;
  /** Those that no function has reserved for itself. */
  readonly unreserved: number;
}

/** A tick is one execution, and the next one comes after it has ended. */
const sweepTicks = 1;

/** Fewer would refuse pushes at the first burst: each execution of `accept` takes one request at a time. */
const leastForAccept = 5;

/** See docs/performance.md: "accept: GB-seconds". */
const secondsPerAccept = 0.01;

/** The least that Lambda allows as the maximum of an event source mapping. */
const leastInstances = 2;

/**
 * Checks that `deliver` and `sweep` leave enough concurrent executions for `accept`: while the gateway is slow, `deliver`
 * has as many as it may have. Returns nothing if a parameter is faulty.
 */
export function checkConcurrency(account: AccountConcurrency, values: ParameterValues, region: string): Check[] {
  const deliver = readParameter(mappingSettings.deliverInstances, values['deliverInstances']);
  const sweeps = readParameter(mappingSettings.sweepInstances, values['sweepInstances']);
  const rate = readParameter(stackSettings.throttleRate, values['throttleRate']);
  if (deliver === undefined || sweeps === undefined || rate === undefined) return [];
  const left = account.unreserved - deliver - sweeps - sweepTicks;
  const forRate = Math.ceil(rate * secondsPerAccept);
  const detail = `${describe(account)} to all stages and functions; deliver takes up to ${String(deliver + sweeps)}, sweep ${String(sweepTicks)}, which leaves ${left > 0 ? String(left) : 'none'} for accept`;
  const quota = `aws service-quotas request-service-quota-increase --region ${region} --service-code lambda --quota-code L-B99A9384 --desired-value 1000`;
  if (left < leastForAccept) {
    const fitting = fit(account, { deliver, sweeps, forRate });
    const request = `request more: ${quota}`;
    const remedy =
      fitting === undefined ? `First ${request}` : `Deploy with ${fitting} until you have more, and ${request}`;
    return [{ name: 'concurrency', result: 'failure', detail, remedy }];
  }
  if (left < forRate) {
    const possible = String(Math.floor(left / secondsPerAccept));
    const forFewer = `${detail}: enough for about ${possible} pushes a second, but throttleRate allows ${String(rate)}`;
    return [{ name: 'concurrency', result: 'warning', detail: forFewer, remedy: `Request more: ${quota}` }];
  }
  return [{ name: 'concurrency', result: 'ok', detail }];
}

/** The parameters that leave enough for `accept`, or undefined if even the fewest instances do not. */
function fit(
  { unreserved }: AccountConcurrency,
  wanted: { readonly deliver: number; readonly sweeps: number; readonly forRate: number },
): string | undefined {
  const reserve = Math.max(leastForAccept, Math.min(wanted.forRate, Math.floor(unreserved / 2)));
  const available = unreserved - sweepTicks - reserve;
  if (available < 2 * leastInstances) return undefined;
  // Pushes of clients come first.
  const sweeps = Math.max(leastInstances, Math.min(wanted.sweeps, Math.floor(available / 3)));
  const deliver = Math.min(wanted.deliver, available - sweeps);
  return `--param deliverInstances=${String(deliver)} --param sweepInstances=${String(sweeps)}`;
}

function describe({ limit, unreserved }: AccountConcurrency): string {
  const reserved = unreserved < limit ? ` and reserves all but ${String(unreserved)} for other functions` : '';
  return `the account allows ${String(limit)} concurrent executions${reserved}`;
}
