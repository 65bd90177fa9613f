import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRows } from '../../../shared/sweeps/list/rows.ts';
import { startDeadLetterCli, type DeadLetterCli } from '../../support/dead-letter-cli.ts';
import { deadLettersWith, deadLetterWith } from '../../support/dead-letters.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

let relay: DeadLetterCli;
let directory: string;
beforeEach(async () => {
  relay = await startDeadLetterCli();
  directory = temporaryDirectory();
});
afterEach(() => relay.stop());

const unregistered = (AppId: string, DeviceToken: string, Selector = '') =>
  deadLetterWith({ reason: 'unregistered', parameters: { AppId, DeviceToken, Selector } });

/** The devices as a sweep reads them from a list. */
async function devicesIn(list: string): Promise<unknown[]> {
  const rows = [];
  for await (const piece of readRows(Readable.from([Buffer.from(list)]))) rows.push(...piece.rows);
  return rows.map((row) => ('device' in row ? row.device : row.fault));
}

const warning = 'The list holds device tokens: let nobody else read it, and delete it when it has served.\n';

describe('dead-letters export', () => {
  it('writes each device once, as a list that a sweep reads, and leaves the dead letters where they are', async () => {
    await relay.put(
      unregistered('app', 'first', 'one'),
      unregistered('app', 'first', 'two'),
      unregistered('app', 'with "quotes", and a comma'),
      unregistered('other', 'first'),
      deadLetterWith({ reason: 'rejected' }),
    );
    const { exitCode, stdout, stderr } = await relay.run('export --reason unregistered');
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')[0]).toBe('AppId,DeviceToken,Selector');
    const device = (appId: string, deviceToken: string, selector: unknown = '') => ({
      ...{ appId, deviceToken, selector, lastSeen: '' },
    });
    const devices = await devicesIn(stdout);
    expect(devices).toHaveLength(3);
    expect(devices).toEqual(
      expect.arrayContaining([
        device('app', 'first', expect.stringMatching(/^(one|two)$/)),
        device('app', 'with "quotes", and a comma'),
        device('other', 'first'),
      ]),
    );
    expect(stderr).toBe(`5 dead letters read, 3 devices found\n3 devices of 4 dead letters written.\n${warning}`);
    expect(relay.inside('undeliverable')).toMatchObject({ all: { length: 5 }, inflight: [] });
  });

  it('writes a file that only its owner can read', async () => {
    await relay.put(...deadLettersWith(30, { reason: 'unregistered' }), unregistered('app', 'token'));
    const path = join(directory, 'dead.csv');
    expect(await relay.run(`export --reason unregistered --output ${path}`)).toEqual({
      exitCode: 0,
      stdout: `2 devices of 31 dead letters written to ${path}.\n`,
      stderr: `31 dead letters read, 2 devices found\n${warning}`,
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await devicesIn(readFileSync(path, 'utf8'))).toHaveLength(2);
    expect(readdirSync(directory)).toEqual(['dead.csv']);
  });

  it('replaces a file only with --force, and then makes it private', async () => {
    await relay.put(unregistered('app', 'token'));
    const path = join(directory, 'dead.csv');
    writeFileSync(path, 'old', { mode: 0o644 });
    const refused = await relay.run(`export --all --output ${path}`);
    expect(refused).toEqual({ exitCode: 1, stdout: '', stderr: `${path} exists: pass another path, or --force.\n` });
    expect(readFileSync(path, 'utf8')).toBe('old');
    await relay.run(`export --all --force --output ${path}`);
    expect(readFileSync(path, 'utf8')).toBe('AppId,DeviceToken,Selector\napp,token,\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('writes a list without devices if there are none', async () => {
    const { stdout, stderr } = await relay.run('export --all');
    expect(stdout).toBe('AppId,DeviceToken,Selector\n');
    expect(stderr).toBe('0 dead letters read, 0 devices found\nThere are no dead letters.\n');
    expect(await devicesIn(stdout)).toEqual([]);
  });

  it('leaves out what has no device, or one that is no line, and says so', async () => {
    await relay.put(
      unregistered('app', 'token'),
      unregistered('app', 'two\nlines'),
      deadLetterWith({ reason: 'malformed', body: 'x' }),
    );
    const { exitCode, stdout, stderr } = await relay.run('export --all');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'AppId,DeviceToken,Selector\napp,token,\n' });
    expect(stderr).toContain('2 dead letters left out: no device can be read from them, or none that fits a line.\n');
  });

  it('wants to know which devices', async () => {
    const { exitCode, stderr } = await relay.run('export');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Choose the dead letters with --reason, ');
  });

  it.each([
    ['.', /exists and is not a file: pass another path\.\n$/],
    ['missing/dead.csv', /missing\/dead\.csv can't be written: ENOENT: no such file or directory\.\n$/],
  ])('reports in one line that it cannot write to %s', async (path, words) => {
    const { exitCode, stderr } = await relay.run(`export --all --output ${join(directory, path)}`);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(words);
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  it('leaves no part of a file when it is interrupted or fails', async () => {
    await relay.put(...deadLettersWith(30, { reason: 'unregistered' }));
    const path = join(directory, 'dead.csv');
    const interruption = new AbortController();
    await relay.interfere((action) => {
      if (action === 'ReceiveMessage') interruption.abort();
      return 'pass';
    });
    const interrupted = await relay.run(`export --all --output ${path}`, { interrupted: interruption.signal });
    expect(interrupted.exitCode).toBe(130);
    await relay.interfere((action) => (action === 'ReceiveMessage' ? 'refuse' : 'pass'));
    expect((await relay.run(`export --all --output ${path}`)).exitCode).toBe(1);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('fails if another reader holds dead letters, whose devices would be missing', async () => {
    await relay.put(...deadLettersWith(2));
    const { sqs, undeliverable } = relay.queues;
    await sqs.send(new ReceiveMessageCommand({ QueueUrl: undeliverable.url, MaxNumberOfMessages: 1 }));
    const { exitCode } = await relay.run('export --all');
    expect(exitCode).toBe(1);
  });
});
