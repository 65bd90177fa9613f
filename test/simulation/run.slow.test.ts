import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const path = fileURLToPath(new URL('run.ts', import.meta.url));

function simulate(...options: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...options], { encoding: 'utf8' });
  return { status, lines: stdout.trim().split('\n'), errors: stderr.trim().split('\n') };
}

it('prints the same hash and the same account in two processes, and another hash for another seed', () => {
  const options = ['--scenario', 'queue-trouble', '--pushes', '100'];
  const [first, again, other] = ['7', '7', '8'].map((seed) => simulate(...options, '--seed', seed));
  expect(first?.status).toBe(0);
  expect(first?.lines.slice(0, 2)).toEqual(['seed: 7', expect.stringMatching(/^hash: [0-9a-f]{64}$/)]);
  expect(first?.lines).toEqual(expect.arrayContaining(['sent: 100', 'lost: 0', 'unexpected: 0', 'waiting: 0']));
  expect(first?.lines.at(-1)).toBe('verdict: passed');
  expect(again?.lines).toEqual(first?.lines);
  expect(other?.lines[1]).not.toBe(first?.lines[1]);
});

it('lists the scenarios, the plants, and the words of the account', () => {
  const { status, lines } = simulate('--help');
  expect(status).toBe(0);
  expect(lines.join('\n')).toMatch(/^ {2}day-outage-with-crashes +\w/m);
  expect(lines.join('\n')).toMatch(/^ {2}settle-on-500 +[\w-]+ +deliver \w/m);
  const names = simulate('--pushes', '10', '--seed', '1').lines.map((line) => line.replace(/:.*/, ''));
  const explained = names.filter((name) => lines.some((line) => line.startsWith(`  ${name} `)));
  expect(names.filter((name) => !explained.includes(name))).toEqual([
    'seed',
    'hash',
    'row of docs/delivery.md',
    'verdict',
  ]);
});

it('fails with a plant, and names the shortest run that does', () => {
  const { status, errors, lines } = simulate('--plant', 'enqueue-twice', '--seed', '1');
  expect(status).toBe(1);
  expect(lines.at(-1)).toBe('verdict: failed, as the plant must');
  expect(errors).toContain('50 times: SQS gets a push twice.');
  expect(errors.at(-1)).toBe(
    'Repeat it with: npm run simulate -- --scenario healthy --pushes 1 --seed 1 --plant enqueue-twice',
  );
});

it('says that a run did not find its plant', () => {
  const { status, lines } = simulate('--plant', 'short-life', '--scenario', 'healthy', '--pushes', '10', '--seed', '1');
  expect(status).toBe(2);
  expect(lines.at(-1)).toMatch(
    /^verdict: failed, because the run did not find the plant: short-life needs --scenario /,
  );
});

it('runs the scenarios in turn, a line for each', async () => {
  const child = spawn(process.execPath, [path, '--minutes', '1', '--pushes', '1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) if (lines.push(line) === 2) break;
  child.kill();
  expect(lines).toEqual(
    ['healthy', ''].map(
      (name) => expect.stringMatching(new RegExp(`^passed ${name}.* +seed \\d+, hash \\w+`)) as string,
    ),
  );
});

it.each([
  ['--scenario', 'none', 'There is no scenario none: --help lists them.'],
  ['--scenario', 'constructor', 'There is no scenario constructor: --help lists them.'],
  ['--plant', 'none', 'There is no plant none: --help lists them.'],
  ['--pushes', 'many', '--pushes must be a whole number from 1 to 10000000.'],
  ['--pushes', '0', '--pushes must be a whole number from 1 to 10000000.'],
  ['--minutes', '0', '--minutes must be a whole number from 1 to 100000.'],
  ['--seed', '-1', '--seed must be a whole number from 0 to 2147483647.'],
])('says in one line what is wrong with %s %s', (option, value, message) => {
  const { status, errors } = simulate(`${option}=${value}`);
  expect(status).toBe(1);
  expect(errors).toEqual([message]);
});
