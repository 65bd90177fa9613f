import { describe, expect, it } from 'vitest';
import { checkOutcomes } from '../../../scripts/doctor/configuration.ts';
import { createApiKey } from '../../../shared/api-key.ts';

const apiKeys = createApiKey('backend', []).entry;

describe('the filters of the outcomes', () => {
  it('are fine if something can pass them', () => {
    const values = { outcomesUrlFilter: 'client=backend;outcome=delivered', publishDelivered: 'true' };
    expect(checkOutcomes({ apiKeys, ...values })).toEqual([]);
    expect(checkOutcomes({ apiKeys })).toEqual([]);
  });

  it('should not name a client that has no key', () => {
    expect(checkOutcomes({ apiKeys, outcomesEmailFilter: 'client=backend,crm' })).toEqual([
      {
        name: 'outcomes',
        result: 'warning',
        detail: 'outcomesEmailFilter names the client crm, which has no API key, so nothing is told about it',
        remedy: 'Correct the name in the filter, or add a key with this name.',
      },
    ]);
  });

  it('should not ask for receipts that are off', () => {
    expect(checkOutcomes({ apiKeys, outcomesQueueFilter: 'outcome=delivered', publishDelivered: 'false' })).toEqual([
      {
        name: 'outcomes',
        result: 'warning',
        detail: 'outcomesQueueFilter asks for receipts of delivered pushes, which are off',
        remedy: 'Deploy with --param publishDelivered=true',
      },
    ]);
  });

  it('are not checked if they or the keys are faulty, which is a fault of their parameters', () => {
    expect(checkOutcomes({ apiKeys, outcomesUrlFilter: 'clients=crm' })).toEqual([]);
    expect(checkOutcomes({ apiKeys: 'backend:secret', outcomesUrlFilter: 'client=crm' })).toEqual([]);
  });
});
