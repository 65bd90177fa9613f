import { Hono, type Context, type Env } from 'hono';
import { HTTPException } from 'hono/http-exception';
import * as v from 'valibot';
import { deadLetterReasons } from '../../../shared/push/dead-letter.ts';
import { bodyOf } from './body.ts';
import type { Cli } from '../cli.ts';
import { answerWith } from './command-answer.ts';
import type { DeadLetters } from '../dead-letters.ts';

/** A command line has room for more, but people do not choose more one by one. */
const mostIds = 200;

const idWords = 'must be an id of GET /dead-letters';
const reasonWords = `must be one of ${deadLetterReasons.join(', ')}`;
const listWords = (what: string) => `must be a list of ${what}`;
const selection = v.strictObject({
  id: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(idWords), v.regex(/^[\w.:-]{1,128}$/, idWords)), listWords('ids')),
      v.nonEmpty(listWords('ids')),
      v.maxLength(mostIds, `must have at most ${String(mostIds)} ids: choose the rest by reason`),
    ),
  ),
  reason: v.optional(
    v.pipe(v.array(v.picklist(deadLetterReasons, reasonWords), listWords('reasons')), v.nonEmpty(listWords('reasons'))),
  ),
  all: v.optional(v.literal(true, 'must be true, or left out')),
});

/** `/dead-letters`: the dead letters, and the commands of the CLI that redrive and discard them. */
export function deadLettersApi(deadLetters: Pick<DeadLetters, 'read'>, cli: Pick<Cli, 'run'>): Hono {
  const routes = new Hono();
  routes.get('/dead-letters', (c) => c.json(deadLetters.read()));
  routes.post('/dead-letters/redrive', async (c) =>
    answerWith(c, await cli.run(['dead-letters', 'redrive', '--local', ...(await selectionOf(c))])),
  );
  // The page has asked.
  routes.post('/dead-letters/discard', async (c) =>
    answerWith(c, await cli.run(['dead-letters', 'discard', '--local', ...(await selectionOf(c)), '--yes'])),
  );
  return routes;
}

/** The options of the command. A value that belongs to its option by `=` cannot be taken for another option. */
async function selectionOf(c: Context<Env, string>): Promise<string[]> {
  const { id = [], reason = [], all } = await bodyOf(c, selection);
  if ([id.length > 0, reason.length > 0, all].filter(Boolean).length !== 1) {
    throw new HTTPException(400, { message: 'Send either id, reason or "all": true.' });
  }
  if (all) return ['--all'];
  return [...id.map((one) => `--id=${one}`), ...reason.map((one) => `--reason=${one}`)];
}
