import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deviceHash } from '../../../shared/push/redaction.ts';
import { secretParameters, startDeadLetterCli, type DeadLetterCli } from '../../support/dead-letter-cli.ts';
import { deadLetterWith, movedBySqs } from '../../support/dead-letters.ts';
import { patience } from '../../support/patience.ts';
import { receive } from '../../support/queues.ts';

const hour = 3_600_000;

let relay: DeadLetterCli;
beforeEach(async () => {
  relay = await startDeadLetterCli();
});
afterEach(() => relay.stop());

describe('dead-letters list', () => {
  it('reports an empty queue', async () => {
    expect(await relay.run('list')).toMatchObject({ exitCode: 0, stdout: 'There are no dead letters.\n' });
    expect(await relay.listJson()).toMatchObject({ scanned: 0, matching: 0, complete: true, deadLetters: [] });
  });

  it('counts by reason and age, shows the youngest first, and makes all visible again', async () => {
    const rejected = { reason: 'rejected', status: 400, words: 'Bad AppId' } as const;
    const deadLetters = [
      deadLetterWith({ ...rejected, ageMs: 2 * hour, parameters: secretParameters }),
      deadLetterWith({ reason: 'unregistered', status: 404, ageMs: 30 * hour }),
      deadLetterWith({ reason: 'malformed', body: 'broken', ageMs: 60_000 }),
    ];
    await relay.put(...deadLetters);
    const { exitCode, stdout, stderr } = await relay.run('list');
    const lines = stdout.split('\n');
    expect(exitCode).toBe(0);
    expect(lines.slice(0, 5)).toEqual([
      'reason        under 1h  under 6h  under 1d  under 3d  3d and more  all',
      'unregistered         0         0         0         1            0    1',
      'rejected             0         1         0         0            0    1',
      'malformed            1         0         0         0            0    1',
      'all                  1         1         0         1            0    3',
    ]);
    const [first, , third] = deadLetters.map(({ pushId }) => pushId);
    expect(lines[6]).toMatch(/^id +reason +status +verb +AppId +device +age +attempts +words$/);
    expect(lines[7]).toMatch(new RegExp(`^${third ?? ''} +malformed +1m +1 +the body is not JSON$`));
    const device = deviceHash('com.example.one', 'secret-token');
    expect(lines[8]).toMatch(new RegExp(`^${first ?? ''} +rejected +400 .*${device} +2h +1 +Bad AppId$`));
    expect(lines[9]).toContain('unregistered');
    expect(stdout).not.toContain('secret');
    expect(stderr).toBe('3 dead letters read\n');
    expect(relay.inside('undeliverable')).toMatchObject({ all: { length: 3 }, inflight: [] });
  });

  it('filters by each of its options, and by all of them together', async () => {
    await relay.put(
      deadLetterWith({ pushId: 'a', reason: 'rejected', ageMs: hour, parameters: { AppId: 'one' } }),
      deadLetterWith({ pushId: 'b', reason: 'rejected', ageMs: 3 * hour, parameters: { AppId: 'two' } }),
      deadLetterWith({ pushId: 'c', reason: 'expired', ageMs: 26 * hour, parameters: { AppId: 'one' } }),
      deadLetterWith({ pushId: 'd', reason: 'malformed', ageMs: 4 * hour, body: 'broken' }),
    );
    const ids = async (line: string) => (await relay.listJson(line)).deadLetters.map(({ id }) => id);
    expect(await ids('')).toEqual(['a', 'b', 'd', 'c']);
    expect(await ids('--reason rejected')).toEqual(['a', 'b']);
    expect(await ids('--reason expired --reason malformed')).toEqual(['d', 'c']);
    expect(await ids('--app-id one')).toEqual(['a', 'c']);
    expect(await ids('--older-than 2h')).toEqual(['b', 'd', 'c']);
    expect(await ids('--newer-than 2h')).toEqual(['a']);
    expect(await ids('--older-than 2h --newer-than 1d --reason rejected --app-id two')).toEqual(['b']);
    expect((await relay.run('list --reason exhausted')).stdout).toBe('None of 4 dead letters matches.\n');
  });

  it('filters by client and by sweep, and has columns for them if a dead letter has them', async () => {
    const [first, second] = [
      { plan: 'nightly', run: '20260101T030000Z-1a2b3c4d' },
      { plan: 'nightly', run: '20260102T030000Z-1a2b3c4d' },
    ];
    const expiresAt = new Date('2026-01-02T03:04:05.678Z');
    await relay.put(
      deadLetterWith({ pushId: 'a', ageMs: hour, queued: { client: 'crm', expiresAt } }),
      deadLetterWith({ pushId: 'b', ageMs: 2 * hour, queued: { sweep: first } }),
      deadLetterWith({ pushId: 'c', ageMs: 3 * hour, queued: { sweep: second } }),
      deadLetterWith({ pushId: 'd', ageMs: 4 * hour }),
    );
    const ids = async (line: string) => (await relay.listJson(line)).deadLetters.map(({ id }) => id);
    expect(await ids('--client crm other')).toEqual(['a']);
    expect(await ids('--sweep nightly')).toEqual(['b', 'c']);
    expect(await ids(`--sweep nightly/${second.run}`)).toEqual(['c']);
    expect(await ids('--sweep night --sweep daily')).toEqual([]);
    const { stdout } = await relay.run('list');
    expect(stdout).toMatch(/^id .*device +client +sweep +expires +age/m);
    expect(stdout).toMatch(/^a .* crm +2026-01-02T03:04:05.678Z +1h /m);
    expect(stdout).toMatch(new RegExp(`^b .* nightly/${first.run} +2h `, 'm'));
    expect((await relay.run('list --client crm')).stdout).not.toContain('sweep');
  });

  it('limits its table but not its JSON', async () => {
    await relay.put(...Array.from({ length: 60 }, (_, index) => deadLetterWith({ ageMs: index * 1000 })));
    const rows = (stdout: string) => stdout.split('\n').filter((line) => line.includes('com.example')).length;
    const byDefault = await relay.run('list');
    expect(rows(byDefault.stdout)).toBe(50);
    expect(byDefault.stdout).toContain('The table shows 50 of 60 dead letters: see --limit NUMBER, or --json.\n');
    expect(rows((await relay.run('list --limit 100')).stdout)).toBe(60);
    expect(rows((await relay.run('list --limit 0')).stdout)).toBe(0);
    expect((await relay.listJson()).deadLetters).toHaveLength(60);
  });

  it('reveals secrets in JSON only with --reveal', async () => {
    await relay.put(deadLetterWith({ parameters: secretParameters }), deadLetterWith({ body: 'secret body' }));
    expect(JSON.stringify(await relay.listJson())).not.toContain('secret');
    const { deadLetters: revealed } = await relay.listJson('--reveal');
    expect(revealed).toContainEqual(expect.objectContaining({ parameters: secretParameters }));
    expect(revealed).toContainEqual(expect.objectContaining({ body: 'secret body' }));
  });

  it('shows a dead letter that SQS itself has moved', async () => {
    await relay.stop();
    relay = await startDeadLetterCli({ maxReceiveCount: 1, visibilityTimeoutSeconds: 0 });
    const { server, sqs, pushes } = relay.queues;
    server.sendMessage(pushes.queueName, movedBySqs().body);
    await vi.waitUntil(async () => (await receive(sqs, pushes)).length === 0, patience);
    const [deadLetter] = (await relay.listJson()).deadLetters;
    expect(deadLetter).toMatchObject({ reason: 'exhausted', queue: 'pushes', verb: 'NotifyTextMessage' });
    expect(deadLetter?.['id']).toBe(deadLetter?.['messageId']);
  });

  it('draws a bar on a terminal, and keeps its table within the width', async () => {
    await relay.put(deadLetterWith({ words: 'words '.repeat(40) }));
    const { stdout, stderr } = await relay.run('list', { typed: '', columns: 150 });
    expect(stderr).toContain('░  0 of about 1 dead letter read');
    expect(stderr.endsWith('\r\u001B[K')).toBe(true);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(150);
    expect(stdout).toContain('…');
  });
});
