import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { cli } from '../support/cli.ts';

describe('the CLI', () => {
  it.each([
    '',
    'dead-letters',
    'dead-letters list',
    'dead-letters show',
    'dead-letters export',
    'dead-letters redrive',
    'dead-letters discard',
    'outcomes',
    'outcomes tail',
    'registry',
    'registry list',
    'registry show',
    'registry remove',
    'registry import',
    'registry export',
    'registry account-xml',
    'registry sign',
    'smoke',
    'sweep',
    'sweep start',
    'sweep status',
    'sweep list',
    'sweep report',
    'sweep stop',
  ])('prints help for "%s --help"', async (command) => {
    const words = [...command.split(' ').filter((word) => word !== ''), '--help'];
    const { exitCode, stdout, stderr } = await cli(words);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(`Usage: pnm2-relay${command && ` ${command}`}`);
    // An option with any number of values would take the arguments behind it for values.
    if (/^Usage: .*\[options\] (?!\[command\])/.test(stdout)) expect(stdout).not.toContain('...>');
    if (command !== '') expect(stdout).toMatch(/Examples:\n {2}np[mx] /);
  });

  it('prints its version, which is that of the package', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    expect(await cli(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('says how it is run outside the checkout, where npx would ask the public registry', async () => {
    expect((await cli(['--help'])).stdout).toContain('Elsewhere: npm --prefix CHECKOUT run --silent cli -- COMMAND');
  });
});
