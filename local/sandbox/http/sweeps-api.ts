import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import * as v from 'valibot';
import { parseDuration } from '../../../shared/duration.ts';
import { verbs } from '../../../shared/push/push.ts';
import { planNamePattern } from '../../../shared/sweeps/keys.ts';
import { ListError } from '../../../shared/sweeps/list/lines.ts';
import { readRows } from '../../../shared/sweeps/list/rows.ts';
import { defaultVerb } from '../../../shared/sweeps/plan.ts';
import type { KnownVerb } from '../api.ts';
import { bodyOf } from './body.ts';
import type { Cli } from '../cli.ts';
import { answerWith } from './command-answer.ts';
import type { Sweeps } from '../sweeps.ts';

/** A list of about 100,000 devices. A longer one is for the CLI. */
const listBound = {
  bytes: 16 * 1024 * 1024,
  words: 'The list must have less than 16 MiB: start the sweep with the CLI.',
};
const listFile = 'devices.csv';
const listFileAtStart = /^devices\.csv/m;

/** What an argument of a command can be: the operating system ends it at a NUL, and limits its length. */
const argument = (words: string, characters = 4096) =>
  v.pipe(
    v.string(words),
    v.nonEmpty(words),
    v.maxLength(characters, `must have at most ${String(characters)} characters`),
    v.check((text) => !text.includes('\0'), 'must not contain a NUL'),
  );

const windowWords = 'must be a duration, such as 1m, 90s or 2h; or now';
const nameWords =
  'must have at most 100 letters, digits, "_", "." and "-", and begin with a letter, a digit or "_"; or leave it out';

/** @param verbNames those that the intake accepts. */
const orderOf = (verbNames: readonly string[]) =>
  v.strictObject({
    list: v.pipe(v.string('must be the text of a list'), v.nonEmpty('must be the text of a list')),
    name: v.optional(v.pipe(v.string(nameWords), v.regex(planNamePattern, nameWords))),
    verb: v.optional(v.picklist(verbNames, `must be one of ${verbNames.join(', ')}`), defaultVerb),
    parameters: v.optional(
      v.record(
        v.pipe(argument('must be the name of a parameter'), v.excludes('=', 'must not contain an equals sign')),
        argument('must be a text', 65_536),
        'must be an object of texts, such as {"Message": "Hello"}',
      ),
      {},
    ),
    window: v.optional(v.pipe(v.string(windowWords), v.check(isWindow, windowWords)), '1m'),
  });
const stop = v.strictObject({ name: argument('must be the name of a sweep') });

export interface SweepsApiOptions {
  readonly sweeps: Pick<Sweeps, 'read'>;
  readonly cli: Pick<Cli, 'run'>;
  /** The verbs that the intake accepts. */
  readonly knownVerbs: readonly KnownVerb[];
  /** Invokes `sweep`, so that a sweep that was ordered begins at once and not at the next tick. */
  readonly tick: () => Promise<void>;
  readonly now: () => number;
}

/** `/sweeps`: the sweeps, and the commands of the CLI that start and stop them. */
export function sweepsApi({ sweeps, cli, knownVerbs, tick, now }: SweepsApiOptions): Hono {
  const routes = new Hono();
  const order = orderOf(knownVerbs.map(({ name }) => name));
  routes.get('/sweeps', (c) => c.json(sweeps.read()));
  routes.post('/sweeps', async (c) => {
    const { list, name, verb, parameters, window } = await bodyOf(c, order, listBound);
    const { required = [] } = knownVerbs.find((known) => known.name === verb) ?? {};
    // The CLI does not know what this gateway requires.
    if (required.includes('Selector') && (await hasNoSelector(list))) {
      const message = `list has no Selector, and the gateway requires one with ${verb}: add the column Selector, or choose another verb.`;
      throw new HTTPException(400, { message });
    }
    const folder = await mkdtemp(join(tmpdir(), 'pnm2-relay-list-'));
    try {
      // It has tokens.
      await writeFile(join(folder, listFile), list, { mode: 0o600 });
      // In the past, so that the tick that follows begins the run.
      const start = new Date(now()).toISOString();
      const stamp = start.replace(/[-:]|\..*/g, '');
      const args = [
        ...['sweep', 'start', listFile, '--local', `--name=${name ?? `sweep-${stamp}`}`],
        `--verb=${verb}`,
        // The CLI does not know the verbs that a variable adds.
        ...(verbs.has(verb) ? [] : ['--extra-verb']),
        ...Object.entries(parameters).map(([parameter, value]) => `--parameter=${parameter}=${value}`),
        ...[`--window=${window}`, `--start=${start}`, '--yes'],
      ];
      const result = await cli.run(args, folder);
      if (result.exitCode === 0) await tick();
      return answerWith(c, result, inWordsOfApi);
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

function isWindow(text: string): boolean {
  return text === 'now' || text === '0' || parseDuration(text) !== undefined;
}

/** Whether a list has devices, but none with a Selector. What else is wrong with it, the CLI says. */
async function hasNoSelector(list: string): Promise<boolean> {
  let hasDevices = false;
  try {
    for await (const { rows } of readRows(Readable.from([Buffer.from(list)]))) {
      for (const row of rows) {
        if (!('device' in row)) continue;
        if (row.device.selector !== '') return false;
        hasDevices = true;
      }
    }
  } catch (error) {
    if (error instanceof ListError) return false;
    throw error;
  }
  return hasDevices;
}

/** What the CLI says, without its progress, its options and the file that the list was written to. */
function inWordsOfApi(words: string): string {
  return words
    .replace(/^\d+ rows read\n/gm, '')
    .replace(listFileAtStart, 'list')
    .replace(' with --name', '');
}
