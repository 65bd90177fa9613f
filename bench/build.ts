import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { buildFunctions } from '../scripts/build.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Builds the functions as they are deployed, and each contender as its author's bundler would: as an ES module. */
export async function buildContenders(): Promise<void> {
  await buildFunctions();
  buildSync({
    absWorkingDir: root,
    entryPoints: ['./bench/contenders/**/*.ts'],
    outdir: 'dist/bench',
    bundle: true,
    platform: 'node',
    target: 'node24',
    minify: true,
    logLevel: 'warning',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    // Without it esbuild takes the CommonJS of the SDK, from which it removes nothing, and the floor is half as high again.
    mainFields: ['module', 'main'],
    // For the CommonJS among the dependencies, which calls `require`.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
}

/** `accept` without the ES module that waits for the warm-up. */
export const notWaiting = 'accept, not waiting for its warm-up';

/** The module that Lambda loads for a function, or the bundle of a contender. */
export function bundleOf(name: string): string {
  if (name === notWaiting) return `${root}dist/accept/index.cjs`;
  return `${root}dist/${name.includes('/') ? `bench/${name}` : `${name}/index`}.mjs`;
}

/** The kilobytes of what Lambda loads at the start of a function, or of a contender's bundle. */
export function kilobytesOf(name: string): number {
  const bundle = bundleOf(name);
  const files = name.includes('/') ? [bundle] : ['index.cjs', 'index.mjs'].map((file) => `${dirname(bundle)}/${file}`);
  return files.reduce((bytes, file) => bytes + statSync(file).size, 0) / 1000;
}
