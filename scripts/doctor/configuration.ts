import { parseApiKeys } from '../../shared/api-key.ts';
import { faultsOfParameters, type ParameterValues } from '../parameters.ts';
import type { Check } from './check.ts';

/** Checks the parameters: one check for each fault, or one that says that there is none. */
export function checkParameters(stage: string, values: ParameterValues): Check[] {
  const faults = faultsOfParameters(stage, values);
  if (faults.length === 0) return [{ name: 'parameters', result: 'ok', detail: 'every value is within its bounds' }];
  const remedy = 'Correct the values: docs/configuration.md describes each parameter.';
  return faults.map((detail) => ({ name: 'parameters', result: 'failure', detail, remedy }));
}

/** Checks that a client can send pushes. Faults of the keys are those of a parameter. */
export function checkKeys({ apiKeys = '' }: ParameterValues): Check[] {
  const reading = typeof apiKeys === 'object' ? undefined : parseApiKeys(String(apiKeys));
  if (reading?.ok !== true) return [];
  if (reading.keys.length > 0) {
    return [{ name: 'keys', result: 'ok', detail: reading.keys.map(({ name }) => name).join(', ') }];
  }
  const detail = 'there is no API key, so every push will be refused';
  const remedy = "Run `npm run key -- NAME`, and deploy with --param apiKeys='ENTRY', with the entry that it prints.";
  return [{ name: 'keys', result: 'warning', detail, remedy }];
}
