import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const names = ['accept', 'deliver', 'devices', 'sweep'] as const;

/**
 * Parts that a function imports by a name of package.json, and loads when it first needs them. Each is a bundle of its
 * own: in the bundle of its function, it would lengthen every cold start, even unused.
 */
const laterParts = ['accept/table'] as const;

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * What Lambda loads, because it looks for `.mjs` before `.cjs`: only an ES module can wait until `ready`. `invoke local`
 * loads the bundle itself.
 */
const entry = `import { createRequire } from 'node:module';
const { handler, ready } = createRequire(import.meta.url)('./index.cjs');
await ready;
export { handler };
`;

/** Bundles each function into `dist/NAME/`, as it is deployed. */
export async function buildFunctions(): Promise<void> {
  // `build` would keep a helper process for as long as this one runs, and stopping that would leave a concurrent
  // build of this process waiting for ever.
  const { outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: [
      ...names.map((name) => ({ in: `functions/${name}/index.ts`, out: `${name}/index` })),
      ...laterParts.map((part) => ({ in: `functions/${part}.ts`, out: part })),
    ],
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    // Loads faster than an ES module: docs/adr/0008-commonjs-bundles.md.
    format: 'cjs',
    // esbuild removes unused code from the SDK's ES modules, but not from its CommonJS.
    mainFields: ['module', 'main'],
    alias: {
      '@aws-sdk/credential-provider-node': './scripts/no-default-credentials.ts',
      ...Object.fromEntries(laterParts.map((part) => [`#${part}`, `./${basename(part)}.cjs`])),
    },
    external: laterParts.map((part) => `./${basename(part)}.cjs`),
    minify: true,
    logLevel: 'warning',
    write: false,
  });
  const entries = names.map((name) => ({ path: `${root}dist/${name}/index.mjs`, contents: Buffer.from(entry) }));
  await Promise.all([...outputFiles, ...entries].map(({ path, contents }) => replaceFile(path, contents)));
}

/** Replaces a file in one step, and only if it differs, because another local stack may be loading the old one. */
async function replaceFile(path: string, contents: Uint8Array): Promise<void> {
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(contents)) return;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${String(process.pid)}`;
  await writeFile(temporary, contents);
  await rename(temporary, path);
}

if (import.meta.main) await buildFunctions();
