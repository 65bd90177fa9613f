import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { blocksOf } from './support/page.ts';
import { startLoneSandbox } from './support/sandbox.ts';

const run = promisify(execFile);
const page = blocksOf('sandbox.md');

describe('docs/sandbox.md', () => {
  it('has commands that show pushes and attempts, and names every member of a push', async () => {
    const sandbox = await startLoneSandbox();
    const body = new URLSearchParams({ verb: 'NotifyReprovision', AppId: 'app', DeviceToken: 'token' });
    await fetch(sandbox.gatewayUrl, { method: 'POST', body });
    const shell = async (name: string, ID = '') => {
      const command = page.codeOf('run', name).replaceAll('http://127.0.0.1:4001', sandbox.sandboxUrl);
      return JSON.parse((await run('sh', ['-ec', command], { env: { ...process.env, ID } })).stdout) as unknown;
    };
    expect(await shell('attempts')).toMatchObject([{ status: 200, parameters: { DeviceToken: 'token' } }]);
    const { pushes } = (await shell('pushes')) as { pushes: Record<string, unknown>[] };
    const id = String(pushes[0]?.['id']);
    expect(await shell('push', id)).toMatchObject({ id, body: body.toString(), format: 'form' });
    expect(Object.keys(pushes[0] ?? {}).filter((name) => !page.text.includes(`\n| \`${name}\``))).toEqual([]);
    await sandbox.stop();
  });
});
