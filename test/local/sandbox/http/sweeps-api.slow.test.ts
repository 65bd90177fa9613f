import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ShownSweeps } from '../../../../local/sandbox/api.ts';
import { startConnectedSandbox } from '../../../support/connected-sandbox.ts';
import { blocksOf, postsOf } from '../../../support/page.ts';
import { patience } from '../../../support/patience.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';

let sandbox: Awaited<ReturnType<typeof startConnectedSandbox>>;
beforeAll(async () => {
  sandbox = await startConnectedSandbox();
});
afterAll(() => sandbox.stop());

const list = 'AppId,DeviceToken\ncom.example.softphone,one\ncom.example.softphone,two\n';
const sweeps = async () => (await sandbox.get<ShownSweeps>('/sweeps')).sweeps;

describe('a sweep ordered through the sandbox', () => {
  it('is started by the CLI with the list and the parameters of its pushes, and a tick begins it', async () => {
    const directory = temporaryDirectory();
    vi.stubEnv('TMPDIR', directory);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const ordered = await sandbox.post('/sweeps', {
      ...{ list, name: 'hello', verb: 'NotifyGenericTextMessage', window: '90s' },
      parameters: { Message: `it's --yes; $(echo no)` },
    });
    expect(ordered).toMatchObject({ status: 200, stdout: expect.stringMatching(/^rows +2\n/) as string });
    expect(ordered.command).toContain(String.raw`'--parameter=Message=it'\''s --yes; $(echo no)'`);
    const plan = JSON.parse((await sandbox.store.readText('plans/hello.json'))?.text ?? '') as { devices: string };
    expect(plan).toMatchObject({
      ...{ verb: 'NotifyGenericTextMessage', window: 'PT1M30S' },
      parameters: { Message: `it's --yes; $(echo no)` },
    });
    expect((await sandbox.store.readText(plan.devices))?.text).toBe(list);
    expect(sandbox.ticks()).toBe(1);
    expect(await readdir(directory)).toEqual([]);
  });

  it('is listed, and stopped by the CLI', async () => {
    await expect
      .poll(sweeps, patience)
      .toMatchObject([{ name: 'hello', state: 'waiting', verb: 'NotifyGenericTextMessage', windowSeconds: 90 }]);
    expect(await sandbox.post('/sweeps/stop', { name: 'hello' })).toMatchObject({
      ...{ status: 200, stdout: expect.stringMatching(/\nStopped: plans\/hello\.json is deleted/) as string },
      command: expect.stringMatching(/ sweep stop --local --yes -- hello$/) as string,
    });
    await expect.poll(sweeps, patience).toEqual([]);
  });

  it('is started and stopped as the page says', async () => {
    const posts = postsOf(blocksOf('sandbox.md').codeOf('run', 'sweeps'));
    expect(posts.map(({ path }) => path)).toEqual(['/sweeps', '/sweeps/stop']);
    for (const { path, body } of posts) expect(await sandbox.post(path, body)).toMatchObject({ status: 200 });
  });

  it('is refused with what the CLI says', async () => {
    await sandbox.store.write('plans/taken.json', '{}');
    const ticks = sandbox.ticks();
    const refusals: [body: object, error: RegExp][] = [
      [{ list: 'AppId\nx\n' }, /^list: The list has no column DeviceToken/],
      [{ list: 'AppId;DeviceToken\nx;y\n' }, /^list: The list has semicolons between its columns/],
      [{ list: 'AppId,DeviceToken\n' }, /^list has no device that would get a push\.$/],
      [{ list, verb: 'NotifyGenericTextMessage' }, /^Message is missing/],
      [{ list, name: 'taken' }, /^There is a plan taken already: choose another name, or remove that plan/],
    ];
    for (const [body, error] of refusals) {
      const answer = { status: 422, error: expect.stringMatching(error) as string };
      expect(await sandbox.post('/sweeps', body)).toMatchObject(answer);
    }
    expect(await sandbox.post('/sweeps/stop', { name: '--yes' })).toMatchObject({
      ...{ status: 422, error: expect.stringMatching(/^There is no plan --yes/) as string },
    });
    expect(sandbox.ticks()).toBe(ticks);
  });

  it('is refused if its request is wrong', async () => {
    const refusals: [body: object, error: RegExp][] = [
      [{}, /^list is missing\.$/],
      [{ list, parameters: { Message: 1 } }, /^parameters\.Message must be a text\.$/],
      [{ list, parameters: { Message: 'a\0b' } }, /^parameters\.Message must not contain a NUL\.$/],
      [{ list, name: '--dry-run' }, /^name must have at most 100 letters, digits, .*; or leave it out\.$/],
      [{ list, window: '5' }, /^window must be a duration, such as 1m, 90s or 2h; or now\.$/],
      [
        { list, verb: 'Notify' },
        /^verb must be one of NotifyTextMessage, NotifyGenericTextMessage, NotifyReprovision\.$/,
      ],
      [{ list, verb: 'NotifyTextMessage' }, /^list has no Selector, and the gateway requires one with NotifyTextMes/],
      [{ list, speed: 2 }, /^speed is unknown: use list, name, verb, parameters, window\.$/],
    ];
    for (const [body, error] of refusals) {
      expect(await sandbox.post('/sweeps', body)).toEqual({
        status: 400,
        error: expect.stringMatching(error) as string,
      });
    }
    const tooLong = await sandbox.post('/sweeps', { list: 'x'.repeat(17 * 1024 * 1024) });
    expect(tooLong).toEqual({ status: 413, error: expect.stringMatching(/less than 16 MiB/) as string });
  });
});
