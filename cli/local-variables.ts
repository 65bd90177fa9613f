import { parseEnv } from 'node:util';
import type { Environment } from '../shared/environment.ts';
import { localStackKey } from '../shared/local-stack.ts';
import type { Store } from '../shared/sweeps/store.ts';
import { UsageError } from './cli-context.ts';
import { clientOptions, relayName, type Target } from './target.ts';

/** Reads the variables that the local stack has left for the CLI. An older stack has left none. */
export async function readLocalVariables(store: Pick<Store, 'readText'>): Promise<Environment> {
  return parseEnv((await store.readText(localStackKey))?.text ?? '');
}

/**
 * Reads a variable that the local stack has left for the CLI, which may run in another environment.
 * @throws UsageError if the stack is of a version without it, and the errors of the SDK.
 */
export async function readLocalVariable(target: Target & { readonly kind: 'local' }, name: string): Promise<string> {
  const { S3Client } = await import('@aws-sdk/client-s3');
  const { createStore } = await import('../shared/sweeps/store.ts');
  const s3 = new S3Client({ ...clientOptions(target), forcePathStyle: true });
  try {
    const { [name]: value } = await readLocalVariables(createStore(s3, `${relayName}-local-sweeps`));
    if (value) return value;
    throw new UsageError('The local stack has no registry: stop it, and run npm start with this version.');
  } finally {
    s3.destroy();
  }
}
