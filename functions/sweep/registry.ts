import type { Environment } from '../../shared/environment.ts';
import type { Registry } from '../../shared/registry/registry.ts';

/** Loads the registry, which only the first tick of a run over it needs. */
export async function openRegistry(environment: Environment, devicesTable: string): Promise<Registry> {
  const [{ createDocumentClient }, { createRegistry }] = await Promise.all([
    import('../../shared/aws/dynamodb.ts'),
    import('../../shared/registry/registry.ts'),
  ]);
  // A page of a scan has up to 1 MB, and there is time to wait for a table that throttles.
  const limits = { maxAttempts: 10, timeoutMs: 10_000 };
  return createRegistry(createDocumentClient(environment, limits), devicesTable, Date.now);
}
