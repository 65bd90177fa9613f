import { DeleteQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listen, type Listening } from '../../local/listen.ts';
import { createServer } from 'node:net';
import { deviceHash } from '../../shared/push/redaction.ts';
import { letterWith, movedBySqs, putLetters } from '../support/letters.ts';
import { patience } from '../support/patience.ts';
import { receive, startQueues, type TestQueues } from '../support/queues.ts';
import { startSqsProxy, type Fate } from '../support/sqs-proxy.ts';
import { tool, type ToolOptions } from '../support/cli.ts';

const hour = 3_600_000;

let queues: TestQueues;
let proxy: Listening | undefined;
beforeEach(async () => {
  queues = await startQueues({ namePrefix: 'pnm2-relay-local-' });
});
afterEach(async () => {
  await proxy?.stop();
  proxy = undefined;
  await queues.stop();
});

const environment = () => ({ AWS_PORT: String(proxy?.port ?? queues.server.port) });

/** `dead-letters …` against the queues of this test. */
const deadLetters = (line: string, { readingOptions, ...options }: Partial<ToolOptions> = {}) =>
  tool(['dead-letters', ...line.split(' '), '--local'], {
    environment: environment(),
    // The embedded SQS has one server, and needs no wait to ask all of them.
    readingOptions: { waitSeconds: 0, ...readingOptions },
    ...options,
  });

/** Everything in a queue, whether a reader holds it or not. */
function inside(queue: 'pushes' | 'undeliverable') {
  const { messages } = queues.server.inspectQueue(`pnm2-relay-local-${queue}`) ?? {};
  if (messages === undefined) throw new Error('no such queue');
  const inflight = messages.inflight.map(({ message }) => message);
  return { all: [...messages.ready, ...messages.delayed, ...inflight], inflight };
}
const bodiesIn = (queue: 'pushes' | 'undeliverable') =>
  inside(queue)
    .all.map(({ body }) => body)
    .sort();

interface Listed {
  readonly letters: number;
  readonly matching: number;
  readonly complete: boolean;
  readonly byReasonAndAge: Record<string, Record<string, number>>;
  readonly deadLetters: Record<string, unknown>[];
}
async function listJson(line = '', options: Partial<ToolOptions> = {}): Promise<Listed> {
  const { stdout } = await deadLetters(`list --json${line && ` ${line}`}`, options);
  return JSON.parse(stdout) as Listed;
}

const secret = {
  ...{ verb: 'NotifyGenericTextMessage', AppId: 'com.example.one', DeviceToken: 'secret-token' },
  ...{ Selector: 'secret-selector', Message: 'secret text' },
};

describe('dead-letters list', () => {
  it('says that there is nothing', async () => {
    expect(await deadLetters('list')).toMatchObject({ exitCode: 0, stdout: 'There are no letters.\n' });
    expect(await listJson()).toMatchObject({ letters: 0, matching: 0, complete: true, deadLetters: [] });
  });

  it('counts by reason and age, shows the youngest first, and shows every letter again at its end', async () => {
    const letters = [
      letterWith({ reason: 'rejected', status: 400, words: 'Bad AppId', ageMs: 2 * hour, parameters: secret }),
      letterWith({ reason: 'unregistered', status: 404, ageMs: 30 * hour }),
      letterWith({ reason: 'malformed', body: 'broken', ageMs: 60_000 }),
    ];
    await putLetters(queues, letters);
    const { exitCode, stdout, stderr } = await deadLetters('list');
    const lines = stdout.split('\n');
    expect(exitCode).toBe(0);
    expect(lines.slice(0, 5)).toEqual([
      'reason        under 1h  under 6h  under 1d  under 3d  3d and more  all',
      'unregistered         0         0         0         1            0    1',
      'rejected             0         1         0         0            0    1',
      'malformed            1         0         0         0            0    1',
      'all                  1         1         0         1            0    3',
    ]);
    expect(lines[6]).toMatch(/^id +reason +status +verb +AppId +device +age +attempts +words$/);
    expect(lines[7]).toMatch(new RegExp(`^${letters[2]?.pushId ?? ''} +malformed +1m +1 +the body is not JSON$`));
    const device = deviceHash('com.example.one', 'secret-token');
    expect(lines[8]).toMatch(new RegExp(`^${letters[0]?.pushId ?? ''} +rejected +400 .*${device} +2h +1 +Bad AppId$`));
    expect(lines[9]).toContain('unregistered');
    expect(stdout).not.toContain('secret');
    expect(stderr).toBe('3 letters looked at\n');
    expect(inside('undeliverable')).toMatchObject({ all: { length: 3 }, inflight: [] });
  });

  it('filters by each of its options, and by all of them together', async () => {
    await putLetters(queues, [
      letterWith({ pushId: 'a', reason: 'rejected', ageMs: hour, parameters: { AppId: 'one' } }),
      letterWith({ pushId: 'b', reason: 'rejected', ageMs: 3 * hour, parameters: { AppId: 'two' } }),
      letterWith({ pushId: 'c', reason: 'expired', ageMs: 26 * hour, parameters: { AppId: 'one' } }),
      letterWith({ pushId: 'd', reason: 'malformed', ageMs: 3 * hour, body: 'broken' }),
    ]);
    const ids = async (line: string) => (await listJson(line)).deadLetters.map(({ id }) => id);
    expect(await ids('')).toEqual(['a', 'b', 'd', 'c']);
    expect(await ids('--reason rejected')).toEqual(['a', 'b']);
    expect(await ids('--reason expired --reason malformed')).toEqual(['d', 'c']);
    expect(await ids('--app-id one')).toEqual(['a', 'c']);
    expect(await ids('--older-than 2h')).toEqual(['b', 'd', 'c']);
    expect(await ids('--newer-than 2h')).toEqual(['a']);
    expect(await ids('--older-than 2h --newer-than 1d --reason rejected --app-id two')).toEqual(['b']);
    expect((await deadLetters('list --reason exhausted')).stdout).toBe('No letter matches, of 4.\n');
  });

  it('limits its table and not its JSON', async () => {
    await putLetters(
      queues,
      Array.from({ length: 60 }, (_, index) => letterWith({ ageMs: index * 1000 })),
    );
    const rows = (stdout: string) => stdout.split('\n').filter((line) => line.includes('com.example')).length;
    const usual = await deadLetters('list');
    expect(rows(usual.stdout)).toBe(50);
    expect(usual.stdout).toContain('The youngest 50 are shown of 60 letters: --limit NUMBER shows more');
    expect(rows((await deadLetters('list --limit 100')).stdout)).toBe(60);
    expect(rows((await deadLetters('list --limit 0')).stdout)).toBe(0);
    expect((await listJson()).deadLetters).toHaveLength(60);
  });

  it('reveals in JSON what is asked for, and nothing otherwise', async () => {
    await putLetters(queues, [letterWith({ parameters: secret }), letterWith({ body: 'secret body' })]);
    expect(JSON.stringify(await listJson())).not.toContain('secret');
    const { deadLetters: revealed } = await listJson('--reveal');
    expect(revealed).toContainEqual(expect.objectContaining({ parameters: secret }));
    expect(revealed).toContainEqual(expect.objectContaining({ body: 'secret body' }));
  });

  it('shows a letter that SQS moved by itself', async () => {
    await queues.stop();
    queues = await startQueues({ namePrefix: 'pnm2-relay-local-', maxReceiveCount: 1, visibilityTimeoutSeconds: 0 });
    queues.server.sendMessage('pnm2-relay-local-pushes', movedBySqs().body);
    await vi.waitUntil(async () => (await receive(queues.sqs, queues.pushes)).length === 0, patience);
    const [letter] = (await listJson()).deadLetters;
    expect(letter).toMatchObject({ reason: 'exhausted', queue: 'pushes', verb: 'NotifyTextMessage' });
    expect(letter?.['id']).toBe(letter?.['messageId']);
  });

  it('draws a bar on a terminal, and keeps its table within it', async () => {
    await putLetters(queues, [letterWith({ words: 'words '.repeat(40) })]);
    const { stdout, stderr } = await deadLetters('list', { typed: '', columns: 150 });
    expect(stderr).toContain('░  0 of about 1 letters looked at');
    expect(stderr.endsWith('\r\u001B[K')).toBe(true);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(150);
    expect(stdout).toContain('…');
  });

  it('says when letters are hidden by another reader', async () => {
    await putLetters(queues, [letterWith()]);
    await receive(queues.sqs, queues.undeliverable);
    const { stdout, stderr } = await deadLetters('list');
    expect(stdout).toBe('There are no letters but those that somebody else holds.\n');
    expect(stderr).toContain('About 1 letter could not be looked at');
  });

  it('ends where SQS hands out no more, and says so', async () => {
    await putLetters(
      queues,
      Array.from({ length: 40 }, () => letterWith()),
    );
    const readingOptions = { heldAtMost: 20, receivers: 1 };
    expect(await listJson('', { readingOptions })).toMatchObject({ letters: 20, complete: false });
    const { stderr } = await deadLetters('list', { readingOptions });
    expect(stderr).toContain('there are more than were looked at');
    expect(inside('undeliverable').inflight).toEqual([]);
  });

  it('sees every letter once, however much longer it takes than letters stay hidden', async () => {
    const count = 40;
    await putLetters(
      queues,
      Array.from({ length: count }, () => letterWith()),
    );
    let extensions = 0;
    proxy = await startSqsProxy(queues.server.port, async (action): Promise<Fate> => {
      if (action === 'ChangeMessageVisibilityBatch') extensions += 1;
      // What is held is extended when a third of the second is over at the soonest: the second time comes after it.
      const isHolding = () => inside('undeliverable').inflight.length > 0;
      if (action === 'ReceiveMessage') await vi.waitUntil(() => extensions >= 2 || !isHolding(), patience);
      return 'pass';
    });
    const listed = await listJson('', { readingOptions: { visibilitySeconds: 1, receivers: 1 } });
    expect(listed).toMatchObject({ letters: count, complete: true });
    expect(new Set(listed.deadLetters.map(({ id }) => id)).size).toBe(count);
    expect(inside('undeliverable').inflight).toEqual([]);
  });
});

describe('letters that another reader holds', () => {
  const letters = [letterWith(), letterWith()];
  const holdOne = async () => {
    await putLetters(queues, letters);
    await queues.sqs.send(new ReceiveMessageCommand({ QueueUrl: queues.undeliverable.url, MaxNumberOfMessages: 1 }));
  };

  it('make a list incomplete', async () => {
    await holdOne();
    expect(await listJson()).toMatchObject({ letters: 1, complete: false });
    const { stderr } = await deadLetters('list');
    expect(stderr).toContain('About 1 letter could not be looked at');
  });

  it('are not "no letters"', async () => {
    await putLetters(queues, letters);
    await receive(queues.sqs, queues.undeliverable);
    for (const command of ['list', 'redrive --all', 'discard --all --yes']) {
      const { stdout } = await deadLetters(command);
      expect(stdout).toBe('There are no letters but those that somebody else holds.\n');
    }
  });

  it.each(['redrive --all', 'discard --all --yes'])('make %s end as not done', async (command) => {
    await holdOne();
    const { exitCode, stdout } = await deadLetters(command);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: expect.stringMatching(/^1 of 1 letter /) as string });
  });

  it('do not matter to a redrive that found all that it was asked for', async () => {
    await holdOne();
    const [one, two] = letters.map(({ pushId }) => pushId);
    const outcomes = [await deadLetters(`redrive --id ${one ?? ''}`), await deadLetters(`redrive --id ${two ?? ''}`)];
    expect(outcomes.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1]);
  });
});

describe('dead-letters show', () => {
  it('shows everything of one letter, by the id of its push or of its message', async () => {
    const { pushId, ...letter } = letterWith({
      reason: 'rejected',
      status: 400,
      words: 'no such app',
      parameters: secret,
    });
    await putLetters(queues, [letterWith(), letter, letterWith()]);
    const { stdout, exitCode } = await deadLetters(`show ${pushId}`);
    expect(exitCode).toBe(0);
    const messageId = /^message +(\S+)$/m.exec(stdout)?.[1] ?? '';
    expect(stdout.replace(/^accepted .*$/m, 'accepted')).toBe(
      [
        `id          ${pushId}`,
        `message     ${messageId}`,
        'reason      rejected',
        'status      400',
        'words       no such app',
        'queue       pushes',
        'attempts    1',
        'accepted',
        `device      ${deviceHash(secret.AppId, secret.DeviceToken)}`,
        'parameters  verb: NotifyGenericTextMessage',
        '            AppId: com.example.one',
        '            DeviceToken: 12 characters',
        '            Selector: 15 characters',
        '            Message: 11 characters',
        '',
      ].join('\n'),
    );
    const byMessage = await deadLetters(`show ${messageId} --reveal`);
    expect(byMessage.stdout).toContain('Message: secret text');
    expect(byMessage.stdout).toContain('DeviceToken: secret-token');
    const json = await deadLetters(`show ${pushId} --json`);
    expect(JSON.parse(json.stdout)).toMatchObject({ id: pushId, messageId, parameters: { Message: '11 characters' } });
    expect(inside('undeliverable').inflight).toEqual([]);
  });

  it('shows a malformed one, and lets nothing of it act on the terminal', async () => {
    await putLetters(queues, [letterWith({ pushId: 'push', body: 'broken \u009B2J' })]);
    expect((await deadLetters('show push')).stdout).toContain(
      'fault       the body is not JSON\nbody        10 characters\n',
    );
    expect((await deadLetters('show push --reveal')).stdout).toContain('body        broken \\u{9b}2J\n');
  });

  it('says that there is none with the id', async () => {
    await putLetters(queues, [letterWith()]);
    const { exitCode, stdout, stderr } = await deadLetters('show nobody');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(
      'No letter has the id nobody, of 1 letter looked at: dead-letters list shows which there are.\n',
    );
  });
});

describe('dead-letters redrive', () => {
  it('puts the letters that match back on their queue, body untouched, with the id of their push', async () => {
    const [one, two, other] = [letterWith(), letterWith({ body: 'broken' }), letterWith({ reason: 'expired' })];
    const moved = movedBySqs();
    await putLetters(queues, [one, two, other, moved]);
    const { exitCode, stdout, stderr } = await deadLetters('redrive --reason rejected exhausted');
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: '3 of 4 letters redriven: 3 to pushes.\n',
      stderr: '4 letters looked at, 3 redriven\n',
    });
    const redriven = await receive(queues.sqs, queues.pushes);
    const pushIds = new Map(redriven.map(({ Body, MessageAttributes }) => [Body, MessageAttributes]));
    expect(pushIds.size).toBe(3);
    const attributes = (StringValue: unknown) => ({ pushId: { DataType: 'String', StringValue } });
    expect(pushIds.get(one.body)).toEqual(attributes(one.pushId));
    expect(pushIds.get(two.body)).toEqual(attributes(two.pushId));
    expect(pushIds.get(moved.body)).toEqual(attributes(expect.stringMatching(/^[\da-f-]{36}$/)));
    expect(bodiesIn('undeliverable')).toEqual([other.body]);
    expect(inside('undeliverable').inflight).toEqual([]);
  });

  it('only tells what it would do where that is asked for', async () => {
    await putLetters(queues, [letterWith(), letterWith({ reason: 'expired' })]);
    const { exitCode, stdout } = await deadLetters('redrive --reason rejected --dry-run');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '1 of 2 letters would be redriven: 1 to pushes.\n' });
    expect(inside('pushes').all).toEqual([]);
    expect(inside('undeliverable')).toMatchObject({ all: { length: 2 }, inflight: [] });
  });

  it('redrives single ones by their ids, and says where there is none', async () => {
    const [one, two, other] = [letterWith(), letterWith(), letterWith()];
    await putLetters(queues, [one, two, other]);
    expect((await deadLetters(`redrive --id ${one.pushId} --id ${two.pushId}`)).exitCode).toBe(0);
    expect(bodiesIn('pushes')).toEqual([one.body, two.body].sort());
    const again = await deadLetters(`redrive --id ${one.pushId}`);
    expect(again).toMatchObject({ exitCode: 1, stdout: '' });
    expect(again.stderr).toContain(`No letter has the id ${one.pushId}`);
  });

  it('does nothing without a word on which letters', async () => {
    await putLetters(queues, [letterWith()]);
    expect(await deadLetters('redrive')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'Say which letters: --reason, --app-id, --older-than, --newer-than or --id, or --all for every one.\n',
    });
    expect(inside('pushes').all).toEqual([]);
  });

  it('redrives more than a thousand', async () => {
    const letters = Array.from({ length: 1234 }, () => letterWith());
    await putLetters(queues, letters);
    expect((await deadLetters('redrive --all')).stdout).toBe('1234 of 1234 letters redriven: 1234 to pushes.\n');
    expect(bodiesIn('pushes')).toEqual(letters.map(({ body }) => body).sort());
    expect(inside('undeliverable').all).toEqual([]);
  });

  it('redrives letters that are together larger than one call', async () => {
    const letters = Array.from({ length: 12 }, () => letterWith({ body: 'x'.repeat(300_000) }));
    for (const letter of letters) await putLetters(queues, [letter]);
    expect((await deadLetters('redrive --all')).exitCode).toBe(0);
    expect(inside('pushes').all).toHaveLength(12);
    expect(inside('undeliverable').all).toEqual([]);
  });

  it('deletes nothing where the queue is gone, and says so in a line', async () => {
    const letters = Array.from({ length: 25 }, () => letterWith());
    await putLetters(queues, letters);
    await queues.sqs.send(new DeleteQueueCommand({ QueueUrl: queues.pushes.url }));
    const { exitCode, stdout, stderr } = await deadLetters('redrive --all');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^0 of \d+ letters redriven\.\n$/);
    expect(stderr.split('\n').filter((line) => line.includes('not redriven'))).toEqual([
      expect.stringMatching(/^\d+ letters not redriven: the queue pushes did not take them\. .*has no such queue/),
    ]);
    expect(bodiesIn('undeliverable')).toEqual(letters.map(({ body }) => body).sort());
    expect(inside('undeliverable').inflight).toEqual([]);
  });

  it('deletes what the queue took, and not what it refused', async () => {
    const [small, large] = [letterWith(), letterWith({ body: 'x'.repeat(3000) })];
    await putLetters(queues, [small, large, letterWith()]);
    const Attributes = { MaximumMessageSize: '2048' };
    await queues.sqs.send(new SetQueueAttributesCommand({ QueueUrl: queues.pushes.url, Attributes }));
    const { exitCode, stdout, stderr } = await deadLetters('redrive --all');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '2 of 3 letters redriven: 2 to pushes.\n' });
    expect(stderr).toContain('1 letter not redriven: the queue pushes did not take them. InvalidParameterValue: ');
    expect(bodiesIn('undeliverable')).toEqual([large.body]);
    expect(bodiesIn('pushes')).toContain(small.body);
  });

  it('leaves a letter whose queue it does not know', async () => {
    const letter = letterWith({ queue: 'sweeps' });
    await putLetters(queues, [letter]);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    const given = ['--undeliverable-url', queues.undeliverable.url, '--queue-url', `pushes=${queues.pushes.url}`];
    const { exitCode, stderr } = await tool(['dead-letters', 'redrive', '--all', ...given], { environment: {} });
    vi.unstubAllEnvs();
    expect(exitCode).toBe(1);
    expect(stderr).toContain('1 letter not redriven: the queue of the queue sweeps is not known');
    expect(bodiesIn('undeliverable')).toEqual([letter.body]);
    const { stderr: noQueue } = await tool(['dead-letters', 'redrive', '--all', ...given.slice(0, 2)], {
      environment: {},
    });
    expect(noQueue).toBe('With --undeliverable-url the queue has to be given as well: --queue-url pushes=URL.\n');
  });

  it('does not redrive a push again that comes back at once', async () => {
    const letter = letterWith();
    await putLetters(queues, [letter]);
    proxy = await startSqsProxy(queues.server.port, async (action): Promise<Fate> => {
      // Refused as soon as it is on the queue.
      if (action === 'DeleteMessageBatch') await putLetters(queues, [letter]);
      return 'pass';
    });
    const { exitCode, stdout, stderr } = await deadLetters('redrive --all');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '1 of 2 letters redriven: 1 to pushes.\n' });
    expect(stderr).toContain('1 letter of pushes that were redriven by this command already, given up again since');
    expect(inside('pushes').all).toHaveLength(1);
    expect(bodiesIn('undeliverable')).toEqual([letter.body]);
  });

  it('tells which letters are on their queue and could not be deleted', async () => {
    await putLetters(queues, [letterWith()]);
    const { messageId } = inside('undeliverable').all[0] ?? {};
    proxy = await startSqsProxy(queues.server.port, (action) => (action === 'DeleteMessageBatch' ? 'refuse' : 'pass'));
    const { exitCode, stderr } = await deadLetters('redrive --all');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`1 letter redriven but not deleted, to be discarded: ${messageId ?? '-'} (`);
    expect(inside('pushes').all).toHaveLength(1);
    expect(inside('undeliverable')).toMatchObject({ all: { length: 1 }, inflight: [] });
  });

  it('loses nothing while calls fail at random, before SQS has done them or after', async () => {
    const letters = Array.from({ length: 300 }, () => letterWith());
    await putLetters(queues, letters);
    // A generator with a seed, so that a failure can be run again: https://en.wikipedia.org/wiki/Xorshift
    let state = 20_260_102;
    const random = () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) / 2 ** 32;
    };
    const fates: Fate[] = ['refuse', 'lose the answer'];
    let failures = 0;
    proxy = await startSqsProxy(queues.server.port, (action) => {
      const isRisky = action === 'SendMessageBatch' || action === 'DeleteMessageBatch';
      if (!isRisky || random() > 0.4) return 'pass';
      failures += 1;
      return fates[Math.floor(random() * 2)] ?? 'refuse';
    });
    let exitCode = 1;
    for (let runs = 0; exitCode !== 0 && runs < 20; runs += 1) {
      ({ exitCode } = await deadLetters('redrive --all', { readingOptions: { receivers: 4 } }));
      expect(new Set([...bodiesIn('pushes'), ...bodiesIn('undeliverable')]).size).toBe(
        new Set(letters.map(({ body }) => body)).size,
      );
    }
    expect(failures).toBeGreaterThan(10);
    expect(exitCode).toBe(0);
    expect(new Set(bodiesIn('pushes'))).toEqual(new Set(letters.map(({ body }) => body)));
    expect(inside('undeliverable').all).toEqual([]);
  });

  it('tells what it has done when reading fails, and shows the rest again', async () => {
    const letters = Array.from({ length: 50 }, () => letterWith());
    await putLetters(queues, letters);
    let receives = 0;
    proxy = await startSqsProxy(queues.server.port, (action) =>
      action === 'ReceiveMessage' && (receives += 1) > 2 ? 'refuse' : 'pass',
    );
    const { exitCode, stdout, stderr } = await deadLetters('redrive --all', { readingOptions: { receivers: 1 } });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('20 letters redriven before something went wrong.\nNothing answers at ');
    expect([...bodiesIn('pushes'), ...bodiesIn('undeliverable')].sort()).toEqual(
      letters.map(({ body }) => body).sort(),
    );
    expect(inside('undeliverable')).toMatchObject({ all: { length: 30 }, inflight: [] });
  });

  it('finishes what is under way when it is interrupted, and shows the rest again', async () => {
    const letters = Array.from({ length: 200 }, () => letterWith());
    await putLetters(queues, letters);
    const interruption = new AbortController();
    proxy = await startSqsProxy(queues.server.port, (action) => {
      if (action === 'SendMessageBatch') interruption.abort();
      return 'pass';
    });
    const { exitCode, stdout, stderr } = await deadLetters('redrive --all', { interrupted: interruption.signal });
    expect(exitCode).toBe(130);
    expect(stderr).toContain('Interrupted');
    const redriven = inside('pushes').all.length;
    expect(redriven).toBeGreaterThan(0);
    expect(stdout).toContain(`${String(redriven)} of `);
    expect([...bodiesIn('pushes'), ...bodiesIn('undeliverable')].sort()).toEqual(
      letters.map(({ body }) => body).sort(),
    );
    expect(inside('undeliverable').inflight).toEqual([]);
  });
});

describe('dead-letters discard', () => {
  it('deletes what matches, after a yes at the terminal', async () => {
    const [one, other] = [letterWith(), letterWith({ reason: 'expired' })];
    await putLetters(queues, [one, other]);
    const { exitCode, stdout, stderr } = await deadLetters('discard --reason rejected', { typed: 'y\n' });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '1 of 2 letters discarded.\n' });
    expect(stderr).toContain('Delete 1 of 2 letters for ever? [y/N] ');
    expect(bodiesIn('undeliverable')).toEqual([other.body]);
    expect(inside('undeliverable').inflight).toEqual([]);
    expect(inside('pushes').all).toEqual([]);
  });

  it.each(['n\n', '\n', 'yesterday\n', ''])('deletes nothing after %j', async (typed) => {
    await putLetters(queues, [letterWith()]);
    const { exitCode, stdout } = await deadLetters('discard --all', { typed });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '0 of 1 letter discarded.\n' });
    expect(inside('undeliverable')).toMatchObject({ all: { length: 1 }, inflight: [] });
  });

  it('asks for --yes where nobody can be asked', async () => {
    await putLetters(queues, [letterWith()]);
    const { exitCode, stderr } = await deadLetters('discard --all');
    expect(exitCode).toBe(1);
    expect(stderr).toBe('Nobody can be asked whether the letters may be deleted for ever: say so with --yes.\n');
    expect(inside('undeliverable').all).toHaveLength(1);
    expect((await deadLetters('discard --all --yes')).stdout).toBe('1 of 1 letter discarded.\n');
    expect(inside('undeliverable').all).toEqual([]);
  });

  it('deletes malformed ones, and hundreds, without a question', async () => {
    await putLetters(
      queues,
      Array.from({ length: 300 }, (_, index) =>
        index % 2 === 0 ? letterWith() : letterWith({ reason: 'malformed', body: 'broken' }),
      ),
    );
    const { stdout, stderr } = await deadLetters('discard --reason malformed --yes');
    expect(stdout).toBe('150 of 300 letters discarded.\n');
    expect(stderr).toBe('300 letters looked at, 150 discarded\n');
    expect(inside('undeliverable')).toMatchObject({ all: { length: 150 }, inflight: [] });
  });

  it('only tells what it would do where that is asked for, and needs a word on which letters', async () => {
    const letter = letterWith();
    await putLetters(queues, [letter]);
    const dry = await deadLetters(`discard --id ${letter.pushId} --dry-run`);
    expect(dry).toMatchObject({ exitCode: 0, stdout: '1 of 1 letter would be discarded.\n' });
    expect(await deadLetters('discard --yes')).toMatchObject({ exitCode: 1, stdout: '' });
    expect((await deadLetters('discard --yes --id nobody')).stderr).toContain('No letter has the id nobody');
    expect(inside('undeliverable')).toMatchObject({ all: { length: 1 }, inflight: [] });
  });

  it('says what could not be deleted', async () => {
    await putLetters(queues, [letterWith()]);
    proxy = await startSqsProxy(queues.server.port, (action) => (action === 'DeleteMessageBatch' ? 'refuse' : 'pass'));
    const { exitCode, stdout, stderr } = await deadLetters('discard --all --yes');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '0 of 1 letter discarded.\n' });
    expect(stderr).toContain('1 letter not discarded: Nothing answers at ');
    expect(inside('undeliverable')).toMatchObject({ all: { length: 1 }, inflight: [] });
  });

  it('deletes thousands after a yes, and none more after an interruption', async () => {
    await putLetters(
      queues,
      Array.from({ length: 2500 }, () => letterWith()),
    );
    const interruption = new AbortController();
    proxy = await startSqsProxy(queues.server.port, (action) => {
      if (action === 'DeleteMessageBatch') interruption.abort();
      return 'pass';
    });
    const options = { typed: 'yes\n', interrupted: interruption.signal };
    expect(await deadLetters('discard --all', options)).toMatchObject({
      exitCode: 130,
      stdout: '1000 of 2500 letters discarded.\n',
    });
    expect(inside('undeliverable')).toMatchObject({ all: { length: 1500 }, inflight: [] });
    const { stdout } = await deadLetters('discard --all', { typed: 'Y\n' });
    expect(stdout).toBe('1500 of 1500 letters discarded.\n');
    expect(inside('undeliverable').all).toEqual([]);
  });

  it('leaves everything where the question is interrupted', async () => {
    await putLetters(queues, [letterWith()]);
    const interruption = new AbortController();
    proxy = await startSqsProxy(queues.server.port, () => 'pass');
    // Nothing is typed: the question stays open until somebody ends it.
    const running = deadLetters('discard --all', { isTTY: true, interrupted: interruption.signal });
    await vi.waitUntil(() => inside('undeliverable').inflight.length === 1, patience);
    interruption.abort();
    expect(await running).toMatchObject({ exitCode: 130 });
    expect(inside('undeliverable')).toMatchObject({ all: { length: 1 }, inflight: [] });
  });
});

describe('a mistake', () => {
  it.each([
    [
      'list --reason bored',
      /option '--reason <reason...>' argument 'bored' is invalid\. Allowed choices are unregistered/,
    ],
    ['list --older-than yesterday', /'yesterday' is invalid\. Write a number and one of s, m, h, d and w/],
    ['list --limit many', /Write a whole number/],
    ['redrive --all --id x', /'--all' cannot be used with option '--id/],
    ['list --stage prod', /'--local' cannot be used with option '--stage/],
    ['list --queue-url pushes', /Write QUEUE=URL, such as pushes=URL/],
    ['list --undeliverable-url queue', /Write the URL of a queue/],
    ['list --resaon x', /unknown option '--resaon' \(Did you mean --reason\?\)/],
    ['show', /missing required argument 'id'/],
    ['lits', /unknown command 'lits' \(Did you mean list\?\)/],
  ])('in "%s" is told in one line', async (line, words) => {
    const { exitCode, stdout, stderr } = await deadLetters(line);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(words);
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  it('of a port at which nothing listens is told with the remedy', async () => {
    const { port, stop } = await listen(createServer(), 0);
    await stop();
    expect(await deadLetters('list', { environment: { AWS_PORT: String(port) } })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `Nothing answers at http://127.0.0.1:${String(port)}: start the local stack with npm start, and say AWS_PORT=NUMBER if its SQS is at another port.\n`,
    });
  });

  it.each([
    ['0', 'AWS_PORT is 0: set it to the port of SQS that npm start has printed.\n'],
    ['http', 'AWS_PORT: must be a port number from 0 to 65535\n'],
  ])('in AWS_PORT=%s is told', async (AWS_PORT, stderr) => {
    expect(await deadLetters('list', { environment: { AWS_PORT } })).toEqual({ exitCode: 1, stdout: '', stderr });
  });

  it('of another SQS than that of the local stack is told', async () => {
    await queues.sqs.send(new DeleteQueueCommand({ QueueUrl: queues.undeliverable.url }));
    expect((await deadLetters('list')).stderr).toMatch(/has no such queue: is it the SQS of npm start\?\n$/);
  });
});
