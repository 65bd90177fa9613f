import { gatewayAddress, isNewerAddress } from '../../shared/gateway-format.ts';
import { acceptSettings, deliverSettings, outcomesSettings } from '../../shared/settings.ts';
import { faultsOfParameters, readParameter, type ParameterValues } from '../parameters.ts';
import type { Check } from './check.ts';

/** Checks the parameters: one check for each fault, or one that says that there is none. */
export function checkParameters(stage: string, values: ParameterValues): Check[] {
  const faults = faultsOfParameters(stage, values);
  if (faults.length === 0) return [{ name: 'parameters', result: 'ok', detail: 'every value is within its bounds' }];
  const remedy = 'Correct the values: docs/configuration.md describes each parameter.';
  return faults.map((detail) => ({ name: 'parameters', result: 'failure', detail, remedy }));
}

/** Checks that pushes fit the gateway that they are posted to. Returns nothing if a parameter is faulty. */
export function checkGateway(values: ParameterValues): Check[] {
  const url = readParameter(deliverSettings.gatewayUrl, values['gatewayUrl']);
  const format = readParameter(deliverSettings.gatewayFormat, values['gatewayFormat']);
  if (url === undefined || format === undefined) return [];
  // Without user and password.
  const { origin, pathname } = gatewayAddress(url, format);
  const found = { name: 'gateway', detail: `deliver posts ${format} to ${origin}${pathname}` } as const;
  if (format === 'form' && isNewerAddress(url)) {
    const detail = `${found.detail}, which is the path of the newer gateway: it reads JSON only`;
    return [{ ...found, result: 'warning', detail, remedy: 'Deploy with --param gatewayFormat=json' }];
  }
  if (format === 'json' && readParameter(acceptSettings.selectorRequired, values['selectorRequired']) === false) {
    const detail = `${found.detail}, which refuses NotifyTextMessage without a Selector; the intake accepts it`;
    return [{ ...found, result: 'warning', detail, remedy: 'Deploy with --param selectorRequired=true' }];
  }
  return [{ ...found, result: 'ok' }];
}

/** Checks that a client can send pushes. Faults of the keys are those of a parameter. */
export function checkKeys({ apiKeys }: ParameterValues): Check[] {
  const keys = readParameter(acceptSettings.apiKeys, apiKeys);
  if (keys === undefined) return [];
  if (keys.length > 0) return [{ name: 'keys', result: 'ok', detail: keys.map(({ name }) => name).join(', ') }];
  const detail = 'there is no API key, so every push will be refused';
  const remedy = "Run `npm run key -- NAME`, and deploy with --param apiKeys='ENTRY', with the entry that it prints.";
  return [{ name: 'keys', result: 'warning', detail, remedy }];
}

const filters = ['outcomesEmailFilter', 'outcomesUrlFilter', 'outcomesQueueFilter'] as const;

/** Checks that something can pass the filter of each subscriber. Returns nothing about filters that are well or faulty. */
export function checkOutcomes(values: ParameterValues): Check[] {
  const keys = readParameter(acceptSettings.apiKeys, values['apiKeys']);
  const hasReceipts = readParameter(deliverSettings.publishDelivered, values['publishDelivered']) ?? false;
  const name = 'outcomes';
  return filters.flatMap((filter): Check[] => {
    const { client = [], outcome = [] } = readParameter(outcomesSettings[filter], values[filter]) ?? {};
    const unknown = keys === undefined ? [] : client.filter((one) => !keys.some((key) => key.name === one));
    const checks: Check[] = unknown.map((one) => {
      const detail = `${filter} names the client ${one}, which has no API key, so nothing is told about it`;
      return {
        name,
        result: 'warning',
        detail,
        remedy: 'Correct the name in the filter, or add a key with this name.',
      };
    });
    if (outcome.includes('delivered') && !hasReceipts) {
      const detail = `${filter} asks for receipts of delivered pushes, which are off`;
      checks.push({ name, result: 'warning', detail, remedy: 'Deploy with --param publishDelivered=true' });
    }
    return checks;
  });
}
