import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSweepCli, threeOClockText } from '../../support/sweep-cli.ts';

let sweep: Awaited<ReturnType<typeof startSweepCli>>;
beforeEach(async () => {
  sweep = await startSweepCli();
});
afterEach(() => sweep.stop());

describe('sweep start', () => {
  it('uploads a large list in parts, with a bar on a terminal', async () => {
    // More than the embedded S3 takes at once.
    const rows = Array.from({ length: 130_000 }, (_, index) => `app,${'t'.repeat(90)}${String(index)}\n`);
    const large = await sweep.listFile('large.csv', `appid,token\n${rows.join('')}`);
    const words = ['start', large, '--start', threeOClockText, '--window', '1d'];
    const { exitCode, stdout, stderr } = await sweep.run(words, { typed: 'y\n' });
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('pushes      130000') as string,
    });
    expect(stderr).toMatch(/█.*rows read/);
    expect(stderr).toContain('Start it? [y/N] ');
    expect(stderr).toMatch(/█.*MB uploaded/);
    const [key = ''] = await sweep.keysIn('devices/');
    const stored = await sweep.relay.store.head(key);
    expect(stored?.bytes).toBe(Buffer.byteLength(rows.join('')) + 'appid,token\n'.length);
  });
});
