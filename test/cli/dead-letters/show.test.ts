import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deviceHash } from '../../../shared/push/redaction.ts';
import { secretParameters, startDeadLetterCli, type DeadLetterCli } from '../../support/dead-letter-cli.ts';
import { deadLetterWith } from '../../support/dead-letters.ts';

let relay: DeadLetterCli;
beforeEach(async () => {
  relay = await startDeadLetterCli();
});
afterEach(() => relay.stop());

describe('dead-letters show', () => {
  it('shows one dead letter in full, by the id of its push or of its message', async () => {
    const rejected = { reason: 'rejected', status: 400, words: 'no such app' } as const;
    const { pushId, ...deadLetter } = deadLetterWith({ ...rejected, parameters: secretParameters });
    await relay.put(deadLetterWith(), deadLetter, deadLetterWith());
    const { stdout, exitCode } = await relay.run(`show ${pushId}`);
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
        `device      ${deviceHash(secretParameters.AppId, secretParameters.DeviceToken)}`,
        'parameters  verb: NotifyGenericTextMessage',
        '            AppId: com.example.one',
        '            DeviceToken: 12 characters',
        '            Selector: 15 characters',
        '            Message: 11 characters',
        '',
      ].join('\n'),
    );
    const byMessage = await relay.run(`show ${messageId} --reveal`);
    expect(byMessage.stdout).toContain('Message: secret text');
    expect(byMessage.stdout).toContain('DeviceToken: secret-token');
    const json = await relay.run(`show ${pushId} --json`);
    expect(JSON.parse(json.stdout)).toMatchObject({ id: pushId, messageId, parameters: { Message: '11 characters' } });
    expect(relay.inside('undeliverable').inflight).toEqual([]);
  });

  it('shows who sent the push, its sweep and when its time to live ends, if that is known', async () => {
    const expiresAt = new Date('2026-01-02T03:04:05.678Z');
    const queued = { expiresAt, client: 'backend', sweep: { plan: 'nightly', run: '20260102T030000Z-1a2b3c4d' } };
    const { pushId, ...deadLetter } = deadLetterWith({ reason: 'expired', queued });
    await relay.put(deadLetter);
    expect((await relay.run(`show ${pushId}`)).stdout).toContain(
      'expires     2026-01-02T03:04:05.678Z\nclient      backend\nsweep       nightly/20260102T030000Z-1a2b3c4d\n',
    );
  });

  it('shows a malformed dead letter without letting its text control the terminal', async () => {
    await relay.put(deadLetterWith({ pushId: 'push', body: 'broken \u009B2J' }));
    expect((await relay.run('show push')).stdout).toContain(
      'fault       the body is not JSON\nbody        10 characters\n',
    );
    expect((await relay.run('show push --reveal')).stdout).toContain('body        broken \\u{9b}2J\n');
  });

  it('fails if no dead letter has the id', async () => {
    await relay.put(deadLetterWith());
    const { exitCode, stdout, stderr } = await relay.run('show unknown');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain('No dead letter has the id unknown: "dead-letters list" shows the ids.\n');
  });
});
