import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The functions, by the names that `serverless.yml` gives them. */
export const functionNames = ['accept', 'deliver'] as const;

const root = fileURLToPath(new URL('..', import.meta.url));

/** Bundles each function into `dist/NAME/index.cjs`, as it is deployed. */
export async function buildFunctions(): Promise<void> {
  await rm(`${root}dist`, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: functionNames.map((name) => ({ in: `functions/${name}.ts`, out: `${name}/index` })),
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    // CommonJS starts sooner: the import of built-in modules is what makes an ES module slow to load.
    format: 'cjs',
    // The SDK's ES modules can be shaken, its CommonJS can't.
    mainFields: ['module', 'main'],
    minify: true,
    keepNames: true,
    logLevel: 'warning',
  });
}

if (import.meta.main) await buildFunctions();
