import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { buildFunctions } from './build.ts';
import { faultsOfTemplate } from './validate-template.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
const packageFolder = '.serverless';

/** Runs the framework; ends this process as it ended, where it failed. */
function serverless(...options: string[]): void {
  const { status } = spawnSync(process.execPath, [cli, ...options], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** Bundles, packages and validates, offline. @param options for the framework, such as `--stage` and `--param`. */
async function packageStack(options: string[]): Promise<void> {
  await buildFunctions();
  serverless('package', '--package', packageFolder, ...options);
  const faults = faultsOfTemplate(`${root}${packageFolder}/cloudformation-template-update-stack.json`);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exit(1);
  console.log('The packaged template is valid.');
}

const [command, ...options] = process.argv.slice(2);
await packageStack(options);
// What was validated is what is deployed.
if (command === 'deploy') serverless('deploy', '--package', packageFolder, ...options);
