import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { buildFunctions } from './build.ts';
import { faultsOfParameters, parameterNames } from './parameters.ts';
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
  const template = `${root}${packageFolder}/cloudformation-template-update-stack.json`;
  const faults = faultsOfTemplate(template);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exit(1);
  console.log('The packaged template is valid.');
  if (!hasKeys(readFileSync(template, 'utf8'))) {
    console.warn('Warning: no key is configured, so every push will be refused. `npm run key -- NAME` makes one.');
  }
}

function hasKeys(template: string): boolean {
  const variables = v.object({ API_KEYS: v.pipe(v.string(), v.nonEmpty()) });
  const accept = v.object({ Properties: v.object({ Environment: v.object({ Variables: variables }) }) });
  return v.is(v.object({ Resources: v.object({ AcceptLambdaFunction: accept }) }), JSON.parse(template));
}

const [command, ...options] = process.argv.slice(2);
const mistakes = faultsOfParameters(options, parameterNames(readFileSync(`${root}serverless.yml`, 'utf8')));
for (const mistake of mistakes) console.error(mistake);
if (mistakes.length > 0) process.exit(1);
await packageStack(options);
// What was validated is what is deployed.
if (command === 'deploy') serverless('deploy', '--package', packageFolder, ...options);
