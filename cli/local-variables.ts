import { parseEnv } from 'node:util';
import { localStackKey } from '../shared/local-stack.ts';
import { UsageError } from './cli-context.ts';
import { clientOptions, relayName, type Target } from './target.ts';

/**
 * Reads a variable that the local stack has left for the CLI, which may run in another environment.
 * @throws UsageError if the stack is of a version without it, and the errors of the SDK.
 */
export async function readLocalVariable(target: Target & { readonly kind: 'local' }, name: string): Promise<string> {
  const { S3Client } = await import('@aws-sdk/client-s3');
  const { createStore } = await import('../shared/sweeps/store.ts');
  const s3 = new S3Client({ ...clientOptions(target), forcePathStyle: true });
  try {
    const variables = await createStore(s3, `${relayName}-local-sweeps`).readText(localStackKey);
    const value = parseEnv(variables?.text ?? '')[name];
    if (value) return value;
    throw new UsageError('The local stack has no registry: stop it, and run npm start with this version.');
  } finally {
    s3.destroy();
  }
}
