import { readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync, type BuildOptions } from 'esbuild';
import { buildFunctions } from '../scripts/build.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Builds the functions as they are deployed, and each contender as its author's bundler would: as an ES module. */
export async function buildContenders(): Promise<void> {
  await buildFunctions();
  const common: BuildOptions = {
    absWorkingDir: root,
    entryPoints: [
      ...['accept/bare-sdk', 'accept/middy', 'accept/powertools'],
      ...['deliver/pool', 'deliver/fetch-in-turn', 'deliver/fetch-at-once', 'deliver/axios-at-once'],
    ].map((name) => ({ in: `bench/contenders/${name}.ts`, out: name })),
    outdir: 'dist/bench',
    bundle: true,
    platform: 'node',
    target: 'node24',
    minify: true,
    logLevel: 'warning',
  };
  buildSync({
    ...common,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    // Without it esbuild takes the CommonJS of the SDK, which it can't shake, and the floor would be half as high again.
    mainFields: ['module', 'main'],
    // CommonJS among the dependencies asks for `require`.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
}

/** What Lambda loads of a function or contender, by its name. */
export function bundleOf(name: string): string {
  if (name === 'accept, not waiting for its warm-up') return `${root}dist/accept/index.cjs`;
  const isOurs = ['accept', 'deliver', 'sweep'].includes(name);
  return `${root}dist/${isOurs ? `${name}/index` : `bench/${name}`}.mjs`;
}

/** The bytes of everything that Lambda loads for a function, or of a contender's bundle. */
export function sizeOf(name: string): number {
  const bundle = bundleOf(name);
  if (bundle.includes('/bench/')) return statSync(bundle).size;
  const folder = dirname(bundle);
  return readdirSync(folder).reduce((bytes, file) => bytes + statSync(`${folder}/${file}`).size, 0);
}
