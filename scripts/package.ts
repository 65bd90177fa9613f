import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { buildFunctions } from './build.ts';
import { faultsOfTemplate } from './validate-template.ts';

/** `package.ts package|deploy [OPTION…]`. The options are those of the framework, such as `--stage` and `--param`. */
const [command, ...options] = process.argv.slice(2);

const root = fileURLToPath(new URL('..', import.meta.url));
const packageFolder = '.serverless';

await buildFunctions();
serverless('package');
exitOnFaults(faultsOfTemplate(`${root}${packageFolder}/cloudformation-template-update-stack.json`));
console.log('The packaged template is valid.');
// Deploys what was validated.
if (command === 'deploy') serverless('deploy');

function serverless(subcommand: string): void {
  const cli = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  const arguments_ = [cli, subcommand, '--package', packageFolder, ...options];
  const { status } = spawnSync(process.execPath, arguments_, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function exitOnFaults(faults: readonly string[]): void {
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exit(1);
}
