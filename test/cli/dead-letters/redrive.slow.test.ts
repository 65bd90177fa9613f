import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cli } from '../../support/cli.ts';
import { startDeadLetterCli, type DeadLetterCli } from '../../support/dead-letter-cli.ts';
import { deadLettersWith, deadLetterWith } from '../../support/dead-letters.ts';
import type { Fate } from '../../support/sqs-proxy.ts';

let relay: DeadLetterCli;
beforeEach(async () => {
  relay = await startDeadLetterCli();
});
afterEach(() => relay.stop());

const bodiesOf = (deadLetters: readonly { readonly body: string }[]) => deadLetters.map(({ body }) => body).sort();

describe('dead-letters redrive', () => {
  it('redrives more than a thousand', async () => {
    const deadLetters = deadLettersWith(1234);
    await relay.put(...deadLetters);
    expect((await relay.run('redrive --all')).stdout).toBe('1234 of 1234 dead letters redriven: 1234 to pushes.\n');
    expect(relay.bodiesIn('pushes')).toEqual(deadLetters.map(({ body }) => body).sort());
    expect(relay.inside('undeliverable').all).toEqual([]);
  });

  it('redrives dead letters that are together larger than one call', async () => {
    const deadLetters = deadLettersWith(12, { body: 'x'.repeat(300_000) });
    for (const deadLetter of deadLetters) await relay.put(deadLetter);
    expect((await relay.run('redrive --all')).exitCode).toBe(0);
    expect(relay.inside('pushes').all).toHaveLength(12);
    expect(relay.inside('undeliverable').all).toEqual([]);
  });

  it('leaves a dead letter whose queue is unknown', async () => {
    const deadLetter = deadLetterWith({ queue: 'sweeps' });
    await relay.put(deadLetter);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    const { undeliverable, pushes } = relay.queues;
    const given = ['--undeliverable-url', undeliverable.url, '--queue-url', `pushes=${pushes.url}`];
    const { exitCode, stderr } = await cli(['dead-letters', 'redrive', '--all', ...given]);
    vi.unstubAllEnvs();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      '1 dead letter not redriven: the URL of the queue sweeps is unknown, pass it with --queue-url sweeps=URL\n',
    );
    expect(relay.bodiesIn('undeliverable')).toEqual([deadLetter.body]);
    const { stderr: noQueue } = await cli(['dead-letters', 'redrive', '--all', ...given.slice(0, 2)]);
    expect(noQueue).toBe('With --undeliverable-url, pass the URL of the queue as well: --queue-url pushes=URL.\n');
  });

  it('loses nothing while calls fail at random, before or after SQS has executed them', async () => {
    const deadLetters = deadLettersWith(300);
    await relay.put(...deadLetters);
    // With a seed, so that a failure can be repeated: https://en.wikipedia.org/wiki/Xorshift
    let state = 20_260_102;
    const random = () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) / 2 ** 32;
    };
    const fates: Fate[] = ['refuse', 'lose the answer'];
    let failures = 0;
    await relay.interfere((action) => {
      const isRisky = action === 'SendMessageBatch' || action === 'DeleteMessageBatch';
      if (!isRisky || random() > 0.4) return 'pass';
      failures += 1;
      return fates[Math.floor(random() * 2)] ?? 'refuse';
    });
    let exitCode = 1;
    for (let runs = 0; exitCode !== 0 && runs < 20; runs += 1) {
      ({ exitCode } = await relay.run('redrive --all'));
      expect(new Set([...relay.bodiesIn('pushes'), ...relay.bodiesIn('undeliverable')])).toEqual(
        new Set(bodiesOf(deadLetters)),
      );
    }
    expect(failures).toBeGreaterThan(10);
    expect(exitCode).toBe(0);
    expect(new Set(relay.bodiesIn('pushes'))).toEqual(new Set(bodiesOf(deadLetters)));
    expect(relay.inside('undeliverable').all).toEqual([]);
  });
});
