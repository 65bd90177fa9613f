import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe.each([
  ['faults', 'test/faults/run.ts', '--pushes'],
  ['fuzz', 'test/fuzz/run.ts', '--events'],
])('npm run %s', (name, path, option) => {
  const run = (...options: string[]) => {
    const { status, stdout, stderr } = spawnSync('node', [path, ...options], { cwd: root, encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  const usage = expect.stringContaining(`npm run ${name} -- `) as string;

  it.each([
    [['--foo'], `Unknown option '--foo'`],
    [[option, 'many'], `${option} must be a whole number.`],
    [[`${option}=-5`], `${option} must be a whole number.`],
    [['--seed', ''], '--seed must be a whole number.'],
  ])('refuses %j in one line, with its usage', (options, line) => {
    const { status, stdout, stderr } = run(...options);
    const [first, ...rest] = stderr.split('\n');
    expect({ status, stdout, first, usage: rest.join('\n') }).toEqual({ status: 1, stdout: '', first: line, usage });
    expect(stderr).not.toContain('    at ');
  });

  it('prints its usage for --help', () => {
    expect(run('--help')).toEqual({ status: 0, stdout: usage, stderr: '' });
  });
});
