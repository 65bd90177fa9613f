import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { leftOut } from './left-out/index.ts';

/**
 * The functions, by the names that `serverless.yml` gives them. `sweep` has the SDK's client of S3, which needs what is
 * left out of the others; nobody waits for it to start.
 */
const bundles = [
  { names: ['accept', 'deliver'], alias: leftOut },
  { names: ['sweep'], alias: {} },
] as const;

const root = fileURLToPath(new URL('..', import.meta.url));

/** Bundles each function into `dist/NAME/index.cjs`, as it is deployed. */
export async function buildFunctions(): Promise<void> {
  const outputFiles = bundles.flatMap(({ names, alias }) => bundle(names, alias));
  await Promise.all(outputFiles.map(({ path, contents }) => replaceFile(path, contents)));
}

function bundle(names: readonly string[], alias: Readonly<Record<string, string>>) {
  // Not `build`, whose helper process stays for as long as this one does, which may be a local stack; and to stop it
  // would leave another build of this process, under way at the same time, without an end.
  return buildSync({
    absWorkingDir: root,
    entryPoints: names.map((name) => ({ in: `functions/${name}/index.ts`, out: `${name}/index` })),
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    // CommonJS starts sooner: the import of built-in modules is what makes an ES module slow to load.
    format: 'cjs',
    // The SDK's ES modules can be shaken, its CommonJS can't.
    mainFields: ['module', 'main'],
    alias,
    minify: true,
    logLevel: 'warning',
    write: false,
  }).outputFiles;
}

/**
 * Puts a file in place as a whole, and only where it differs: another local stack may load the old one
 * at this very moment.
 */
async function replaceFile(path: string, contents: Uint8Array): Promise<void> {
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(contents)) return;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${String(process.pid)}`;
  await writeFile(temporary, contents);
  await rename(temporary, path);
}

if (import.meta.main) await buildFunctions();
