import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { textOfRecipe } from './recipe-text.ts';
import { newRecipe, randomOf } from './recipe.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

function start(...options: string[]) {
  const child = spawn('node', ['test/fuzz/run.ts', ...options], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]).then(
    ([[status], stdout, stderr]) => ({ status: status as unknown, stdout, stderr }),
  );
  return { child, ended };
}

describe('npm run fuzz', () => {
  it('sends the events of several seeds, and sums them up', async () => {
    const { status, stdout, stderr } = await start('--seed', '3', '--events', '200', '--workers', '2').ended;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [first, ...rest] = stdout.trimEnd().split('\n');
    expect(first).toBe('seed 3, 200 events, workers: 2');
    expect(rest.at(-2)).toMatch(/^200 events with 2 seeds in \d+ s: \d+ events\/s, \d+ MB$/);
    expect(rest.at(-1)).toBe('No 5xx, no exception, and no push on the queue that differs from what was sent.');
  });

  it('makes no more workers than events', async () => {
    const { status, stdout } = await start('--seed', '3', '--events', '1', '--workers', '99999').ended;
    expect(status).toBe(0);
    expect(stdout).toMatch(/^seed 3, 1 events, workers: 1$/m);
  });

  it('ends with its summary when it is interrupted', async () => {
    const { child, ended } = start('--seed', '3', '--events', '1000000000', '--workers', '1');
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const { status, stdout, stderr } = await ended;
    expect({ status, stderr }).toEqual({ status: 130, stderr: 'The run was interrupted.\n' });
    expect(stdout).toMatch(/^[\d,]+ events with one seed in /m);
  });

  it('repeats the event of a recipe', async () => {
    const recipe = textOfRecipe(newRecipe(randomOf(1, 0)));
    const { status, stdout, stderr } = await start('--recipe', recipe).ended;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('"requestContext"');
    expect(stdout).toMatch(/^The status is \d{3}\.\nThe event violates no invariant\.\n$/m);
  });

  it.each([
    ['--recipe', '{}', /^--recipe must be a recipe as a run prints it: base: .*\n$/],
    ['--workers', '0', /^--workers must be a whole number of at least 1\.\n$/],
  ])('refuses %s %s in one line', async (option, value, line) => {
    const { status, stdout, stderr } = await start(option, value).ended;
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(line);
  });
});
