import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('npm run package', () => {
  const run = (...options: string[]) =>
    spawnSync('node', ['scripts/package.ts', 'package', ...options], { cwd: root, encoding: 'utf8' });

  it('prints its usage for --help, and nothing of a template for --version', () => {
    expect(run('--help')).toMatchObject({
      ...{ status: 0, stderr: '' },
      stdout: expect.stringMatching(/^Packages .*npm run package -- \[--stage NAME\]/s) as string,
    });
    const { status, stdout, stderr } = run('--version');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).not.toContain('valid');
  });

  it('refuses wrong parameters, a line each, before it packages', () => {
    const options = ['--param', 'batchRecord=1', '--param=concurrency=901', '--param', 'openIntake=true'];
    // The framework's own schema refuses this one too, without the name of the parameter.
    options.push('--param', 'deliverInstances=1', '--param', 'alarms');
    const { status, stderr } = run(...options);
    expect(status).toBe(1);
    // The framework's own progress goes to stderr as well.
    const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('Packaging '));
    expect(lines).toEqual([
      '--param alarms: write --param alarms=VALUE',
      'concurrency: must be a whole number of attempts from 1 to 900',
      'deliverInstances: must be a whole number of instances from 2 to 1000',
      'openIntake is for the local stack: configure API keys with apiKeys',
      'There is no parameter batchRecord: did you mean batchRecords?',
    ]);
  });
});
