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
      ...['door/bare-sdk', 'door/middy', 'door/powertools'],
      ...['way-out/pool', 'way-out/fetch-in-turn', 'way-out/fetch-at-once', 'way-out/axios-at-once'],
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

/** The bundle of a function or contender, by its name. */
export function bundleOf(name: string): string {
  const file = ['accept', 'deliver', 'sweep'].includes(name) ? `dist/${name}/index.cjs` : `dist/bench/${name}.mjs`;
  return `${root}${file}`;
}
