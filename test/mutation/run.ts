import { fileURLToPath } from 'node:url';
import { Stryker } from '@stryker-mutator/core';
import { parts } from './parts.ts';

const usage = `Changes the code one expression at a time, and reports each change that no test notices.

npm run mutate -- [PART …]

Parts: ${Object.keys(parts).join(', ')}. Without one, all of them run.
The exit code is 1 when the score of a part is too low. Reports: reports/mutation/PART.html.`;

const names = process.argv.slice(2);
if (names.includes('--help')) {
  console.log(usage);
  process.exit(0);
}
const unknown = names.find((name) => !Object.hasOwn(parts, name));
if (unknown !== undefined) {
  console.error(`${unknown} is not a part: name one or more of ${Object.keys(parts).join(', ')}`);
  process.exit(2);
}

for (const [name, { mutate, lowestScore }] of Object.entries(parts)) {
  if (names.length > 0 && !names.includes(name)) continue;
  console.log(`Part ${name}`);
  // Not Stryker's option testFiles: with it, changes to what runs while a module loads stay inactive (10.1.1).
  process.env['MUTATION_PART'] = name;
  const stryker = new Stryker({
    mutate: [...mutate],
    testRunner: 'vitest',
    vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
    plugins: ['@stryker-mutator/*', fileURLToPath(new URL('closed-unions.ts', import.meta.url))],
    ignorers: ['closed-unions'],
    coverageAnalysis: 'perTest',
    // A changed text alone misleads nobody: tests of its exact words would only repeat it.
    mutator: { excludedMutations: ['StringLiteral'] },
    // More than the limit of a test, so that a change that hangs fails its test instead of stopping the worker.
    timeoutMS: 20_000,
    thresholds: { high: 100, low: lowestScore, break: lowestScore },
    reporters: ['clear-text', 'html'],
    clearTextReporter: { logTests: false, reportTests: false },
    htmlReporter: { fileName: `reports/mutation/${name}.html` },
    ignorePatterns: ['dist', '.serverless', '.eslintcache'],
    cleanTempDir: 'always',
    concurrency: 2,
  });
  await stryker.runMutationTest();
}
