import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

function run(path: string, ...options: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...options], { cwd: root, encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe.each([
  ['faults', 'test/faults/run.ts'],
  ['fuzz', 'test/fuzz/run.ts'],
  ['simulate', 'test/simulation/run.ts'],
  ['conform', 'test/simulation/conformance/run.ts'],
])('npm run %s', (name, path) => {
  it('prints its usage for --help', () => {
    const usage = expect.stringContaining(`npm run ${name} -- `) as string;
    expect(run(path, '--help')).toEqual({ status: 0, stdout: usage, stderr: '' });
  });

  it('refuses an unknown option in one line', () => {
    expect(run(path, '--foo')).toEqual({ status: 1, stdout: '', stderr: `Unknown option '--foo'\n` });
  });
});

it.each([
  [['--events', 'many'], '--events must be a whole number of at least 1.'],
  [['--events', '0'], '--events must be a whole number of at least 1.'],
  [['--seed=-5'], '--seed must be a whole number of at least 0.'],
  [['--seed', '-5'], '--seed must be a whole number of at least 0.'],
  [['--seed', ''], '--seed must be a whole number of at least 0.'],
  [['--seed'], '--seed needs a value.'],
  [['--seed', '--events', '5'], '--seed needs a value.'],
])('refuses %j in one line', (options, line) => {
  expect(run('test/fuzz/run.ts', ...options)).toEqual({ status: 1, stdout: '', stderr: `${line}\n` });
});
