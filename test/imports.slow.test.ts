import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Files with an import that breaks a rule, and the rule. */
const forbidden = [
  ['functions/accept/a.ts', `import '../deliver/handler.ts';`, 'functions-import-only-themselves-and-shared'],
  [
    'functions/accept/b.ts',
    `import type {} from '../deliver/handler.ts';`,
    'functions-import-only-themselves-and-shared',
  ],
  ['functions/accept/c.ts', `import './../deliver/handler.ts';`, 'functions-import-only-themselves-and-shared'],
  ['functions/accept/d.ts', `export * from '../../cli/run.ts';`, 'functions-import-only-themselves-and-shared'],
  ['functions/accept/e.ts', `await import('../deliver/handler.ts');`, 'functions-import-only-themselves-and-shared'],
  ['shared/a.ts', `import '../functions/deliver/handler.ts';`, 'shared-imports-only-shared'],
  ['shared/b.ts', `import type {} from '../local/start.ts';`, 'shared-imports-only-shared'],
  ['cli/a.ts', `import '../local/start.ts';`, 'edges-import-only-themselves-and-shared'],
  ['cli/b.ts', `import type {} from './../functions/deliver/handler.ts';`, 'edges-import-only-themselves-and-shared'],
  ['cli/c.ts', `import '../scripts/build.ts';`, 'only-the-local-stack-and-the-bench-build'],
  ['local/a.ts', `import '../scripts/key.ts';`, 'edges-import-only-themselves-and-shared'],
  ['bench/a.ts', `import type {} from '../cli/run.ts';`, 'the-bench-imports-no-cli'],
  ['bench/b.ts', `import type {} from '../test/some.ts';`, 'only-tests-import-tests'],
  ['functions/deliver/policy/a.ts', `import 'node:fs';`, 'policy-is-pure'],
  ['shared/cycle/a.ts', `import './b.ts';`, 'no-cycles'],
  ['shared/type-cycle/a.ts', `import type {} from './b.ts';`, 'no-cycles'],
] as const;

const allowed = {
  'functions/deliver/handler.ts': `import './policy/outcome.ts'; import type {} from '../../shared/log.ts';`,
  'functions/deliver/policy/outcome.ts': `import '../../../shared/log.ts';`,
  'shared/log.ts': 'export {};',
  'cli/run.ts': `import '../shared/log.ts';`,
  'local/start.ts': `import '../scripts/build.ts'; import './sandbox.ts';`,
  'local/sandbox/gateway.ts': `import '../shared/log.ts';`,
  'scripts/build.ts': 'export {};',
  'scripts/key.ts': `import '../shared/log.ts';`,
  'bench/run.ts': `import '../local/sandbox/gateway.ts'; import '../functions/deliver/handler.ts'; import '../scripts/build.ts';`,
  'test/some.ts': `import '../cli/run.ts'; import '../functions/deliver/handler.ts';`,
};

let folder: string;
let violations: { readonly from: string; readonly rule: { readonly name: string } }[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pnm2-relay-imports-'));
  const backToA = { 'shared/cycle/b.ts': `import './c.ts';`, 'shared/cycle/c.ts': `import './a.ts';` };
  const backToTypeA = { 'shared/type-cycle/b.ts': `import type {} from '../type-cycle/a.ts';` };
  const files = [
    ...Object.entries({ ...allowed, ...backToA, ...backToTypeA }),
    ...forbidden.map(([path, source]) => [path, source] as const),
  ];
  for (const [path, source] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), source);
  }
  await copyFile(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'));
  const config = join(root, '.dependency-cruiser.js');
  const cruiser = join(root, 'node_modules/.bin/depcruise');
  const folders = ['functions', 'shared', 'cli', 'local', 'bench', 'scripts', 'test'];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [cruiser, '--config', config, '--output-type', 'json', ...folders],
    { cwd: folder },
  );
  violations = (JSON.parse(stdout) as { summary: { violations: typeof violations } }).summary.violations;
});
afterAll(() => rm(folder, { recursive: true }));

it.each(forbidden)('fails where %s says %s', (path, _source, rule) => {
  expect(violations.filter(({ from }) => from === path).map((one) => one.rule.name)).toContain(rule);
});

it('passes imports that point to shared/', () => {
  expect(violations.filter(({ from }) => from in allowed)).toEqual([]);
});
