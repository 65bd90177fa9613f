import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ShownDeadLetters } from '../../../../local/sandbox/api.ts';
import { startConnectedSandbox } from '../../../support/connected-sandbox.ts';
import { deadLettersWith, deadLetterWith, movedBySqs } from '../../../support/dead-letters.ts';
import { blocksOf, postsOf } from '../../../support/page.ts';
import { patience } from '../../../support/patience.ts';
import { receive } from '../../../support/queues.ts';
import { startLoneSandbox } from '../../../support/sandbox.ts';

let sandbox: Awaited<ReturnType<typeof startConnectedSandbox>>;
beforeAll(async () => {
  sandbox = await startConnectedSandbox();
});
afterAll(() => sandbox.stop());

const list = () => sandbox.get<ShownDeadLetters>('/dead-letters');
const hasTotal = (total: number) => expect.poll(async () => (await list()).total, patience).toBe(total);

describe('the dead letters of the sandbox', () => {
  it('are shown with their reasons, the newest first', async () => {
    await sandbox.putDeadLetters(
      deadLetterWith({ reason: 'unregistered', status: 404, words: 'Gone.', pushId: 'one', attempts: 3 }),
    );
    await sandbox.putDeadLetters(movedBySqs(), deadLetterWith({ body: 'no push', reason: 'malformed' }));
    await hasTotal(3);
    const { byReason, deadLetters } = await list();
    expect(byReason).toEqual({ unregistered: 1, malformed: 1, exhausted: 1 });
    expect(deadLetters.at(-1)).toMatchObject({
      ...{ id: 'one', reason: 'unregistered', status: 404, words: 'Gone.', attempts: 3, queue: 'pushes' },
      ...{
        verb: expect.any(String) as string,
        appId: expect.any(String) as string,
        device: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
      },
    });
    expect(deadLetters.find(({ reason }) => reason === 'malformed')?.fault).toBe('the body is not JSON');
  });

  it('are redriven and discarded by the CLI: by id, by reason, or all', async () => {
    const { deadLetters } = await list();
    await sandbox.putDeadLetters(...deadLettersWith(2), ...deadLettersWith(2, { reason: 'expired' }));
    await hasTotal(deadLetters.length + 4);
    const [one] = (await list()).deadLetters.filter(({ reason }) => reason === 'expired');
    const byId = await sandbox.post('/dead-letters/redrive', { id: [one?.messageId] });
    expect(byId).toMatchObject({
      status: 200,
      stdout: expect.stringMatching(/^1 of \d+ dead letters? redriven/) as string,
    });
    expect(byId.command).toBe(
      `AWS_PORT=${String(sandbox.queues.server.port)} npm run cli -- dead-letters redrive --local --id=${String(one?.messageId)}`,
    );
    const byReason = await sandbox.post('/dead-letters/discard', { reason: ['rejected'] });
    expect(byReason).toMatchObject({
      status: 200,
      stdout: expect.stringMatching(/^2 of \d+ dead letters discarded/) as string,
    });
    expect(await sandbox.post('/dead-letters/redrive', { all: true })).toMatchObject({ status: 200 });
  });

  it('are redriven and discarded as the page says', async () => {
    await sandbox.putDeadLetters(...deadLettersWith(2));
    const posts = postsOf(blocksOf('sandbox.md').codeOf('run', 'redrive'));
    expect(posts.map(({ path }) => path)).toEqual(['/dead-letters/redrive', '/dead-letters/discard']);
    for (const { path, body } of posts) expect(await sandbox.post(path, body)).toMatchObject({ status: 200 });
  });

  it('are not touched by an id that is an option for the CLI, or by a request that does not choose', async () => {
    const refusals: [body: unknown, error: RegExp][] = [
      [{}, /^Send either id, reason or "all": true\.$/],
      [{ all: true, reason: ['expired'] }, /^Send either/],
      [{ id: ['x --all'] }, /^id\.0 must be an id/],
      [{ id: [] }, /^id must be a list of ids/],
      [{ reason: ['old'] }, /^reason\.0 must be one of unregistered, /],
      [{ everything: true }, /^everything is unknown: use id, reason, all\.$/],
    ];
    for (const [body, error] of refusals) {
      const answer = { status: 400, error: expect.stringMatching(error) as string };
      expect(await sandbox.post('/dead-letters/discard', body)).toEqual(answer);
    }
    const optionLike = await sandbox.post('/dead-letters/discard', { id: ['--all'] });
    expect(optionLike).toMatchObject({ status: 422, error: expect.stringMatching(/--all/) as string });
  });

  it('are worked on by one command at a time', async () => {
    const answers = await Promise.all([1, 2].map(() => sandbox.post('/dead-letters/redrive', { all: true })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('stay visible to other readers, and are shown also while a reader holds them', async () => {
    await sandbox.putDeadLetters(...deadLettersWith(2));
    await hasTotal(2);
    expect(await receive(sandbox.queues.sqs, sandbox.queues.undeliverable)).toHaveLength(2);
    await sandbox.putDeadLetters(deadLetterWith());
    await hasTotal(3);
  });

  it('cannot be redriven before the local stack has started', async () => {
    const lone = await startLoneSandbox();
    const response = await fetch(`${lone.sandboxUrl}/dead-letters/redrive`, { method: 'POST', body: '{"all":true}' });
    expect(response.status).toBe(503);
    await lone.stop();
  });
});
