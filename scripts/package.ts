import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { buildFunctions } from './build.ts';
import { faultsOfTemplate } from './validate-template.ts';

const [command = 'package', ...options] = process.argv.slice(2);

const usage = `${command === 'deploy' ? 'Checks the account, and packages, validates and deploys the relay.' : 'Packages and validates the relay, without an account.'}

npm run ${command} -- [--stage NAME] [--region NAME] [--param NAME=VALUE]…

  --stage    the name of the deployment (default: dev)
  --region   the AWS region (default: AWS_REGION, or us-east-1)
  --param    a parameter of docs/configuration.md; repeat it for more

Other options are those of the framework, such as --verbose.`;

const root = fileURLToPath(new URL('..', import.meta.url));
const packageFolder = '.serverless';
const template = `${root}${packageFolder}/cloudformation-template-update-stack.json`;

if (options.includes('--help') || options.includes('-h')) {
  console.log(usage);
  process.exit(0);
}
if (command === 'deploy') serverless('preflight');
await buildFunctions();
rmSync(template, { force: true });
serverless('package', '--package', packageFolder);
// Some options, such as --version, make the framework do something else.
if (!existsSync(template)) process.exit(0);
const faults = faultsOfTemplate(template);
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exit(1);
console.log('The packaged template is valid.');
// Deploys what was validated.
if (command === 'deploy') serverless('deploy', '--package', packageFolder);

function serverless(...words: readonly string[]): void {
  const cli = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  const arguments_ = [cli, ...words, ...options];
  const { status } = spawnSync(process.execPath, arguments_, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
