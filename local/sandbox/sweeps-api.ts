import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { verbs } from '../../shared/push/push.ts';
import type { ApiProblem } from './api.ts';
import { bodyOf } from './body.ts';
import type { Cli } from './cli.ts';
import { answerWith } from './command-answer.ts';
import type { Sweeps } from './sweeps.ts';

/** A list of about 100,000 devices. A longer one is for the CLI. */
const mostBytes = 16 * 1024 * 1024;
const listFile = 'devices.csv';

/** What an argument of a command can be: the operating system ends it at a NUL, and limits its length. */
const argument = (words: string, characters = 4096) =>
  v.pipe(
    v.string(words),
    v.nonEmpty(words),
    v.maxLength(characters, `must have at most ${String(characters)} characters`),
    v.check((text) => !text.includes('\0'), 'must not contain a NUL'),
  );

const order = v.strictObject({
  list: v.pipe(v.string('must be the text of a list'), v.nonEmpty('must be the text of a list')),
  name: v.optional(argument('must be a name')),
  verb: v.optional(argument('must be a verb, such as NotifyReprovision')),
  parameters: v.optional(
    v.record(
      v.pipe(argument('must be the name of a parameter'), v.excludes('=', 'must not contain an equals sign')),
      argument('must be a text', 65_536),
      'must be an object of texts, such as {"Message": "Hello"}',
    ),
  ),
  window: v.optional(argument('must be a duration, such as 1m, 90s or 2h; or now')),
});
const stop = v.strictObject({ name: argument('must be the name of a sweep') });

export interface SweepsApiOptions {
  readonly sweeps: Pick<Sweeps, 'read'>;
  readonly cli: Pick<Cli, 'run'>;
  /** The verbs that the intake accepts. */
  readonly knownVerbs: readonly string[];
  /** Invokes `sweep`, so that a sweep that was ordered begins at once and not at the next tick. */
  readonly tick: () => Promise<void>;
  readonly now: () => number;
}

/** `/sweeps`: the sweeps, and the commands of the CLI that start and stop them. */
export function sweepsApi({ sweeps, cli, knownVerbs, tick, now }: SweepsApiOptions): Hono {
  const routes = new Hono();
  routes.get('/sweeps', (c) => c.json(sweeps.read()));
  /** The CLI does not know the verbs that a variable adds. */
  const isExtra = (verb: string) => knownVerbs.includes(verb) && !verbs.has(verb);
  const limit = bodyLimit({
    maxSize: mostBytes,
    onError: (c) => {
      const error = `The list must have less than ${String(mostBytes / 1024 / 1024)} MiB: start the sweep with the CLI.`;
      return c.json({ error } satisfies ApiProblem, 413);
    },
  });
  routes.post('/sweeps', limit, async (c) => {
    const { list, name, verb, parameters = {}, window = '1m' } = await bodyOf(c, order);
    const folder = await mkdtemp(join(tmpdir(), 'pnm2-relay-list-'));
    try {
      // It has tokens.
      await writeFile(join(folder, listFile), list, { mode: 0o600 });
      // In the past, so that the tick that follows begins the run.
      const start = new Date(now()).toISOString();
      const stamp = start.replace(/[-:]|\..*/g, '');
      const args = [
        ...['sweep', 'start', listFile, '--local', `--name=${name ?? `sweep-${stamp}`}`],
        ...(verb === undefined ? [] : [`--verb=${verb}`]),
        ...(verb !== undefined && isExtra(verb) ? ['--extra-verb'] : []),
        ...Object.entries(parameters).map(([parameter, value]) => `--parameter=${parameter}=${value}`),
        ...[`--window=${window}`, `--start=${start}`, '--yes'],
      ];
      const result = await cli.run(args, folder);
      if (result.exitCode === 0) await tick();
      return answerWith(c, result);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
  // The page has asked.
  routes.post('/sweeps/stop', async (c) => {
    const { name } = await bodyOf(c, stop);
    return answerWith(c, await cli.run(['sweep', 'stop', '--local', '--yes', '--', name]));
  });
  return routes;
}
