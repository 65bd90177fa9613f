import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { blocksOf } from '../support/page.ts';
import { patience } from '../support/patience.ts';
import { startStack, type Stack } from '../support/stack.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const page = blocksOf('registry.md');

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.interrupt());

/** Runs commands of the page, with the addresses of this stack in place of those on the page. */
async function shell(name: string): Promise<string> {
  const commands = page
    .codeOf('run', name)
    .replaceAll('http://127.0.0.1:4000', new URL(stack.pushUrl).origin)
    .replaceAll('http://127.0.0.1:4001', stack.sandboxUrl);
  const env = { ...process.env, AWS_PORT: String(stack.awsPort) };
  return (await run('sh', ['-ec', commands], { cwd: root, env })).stdout;
}

describe('docs/registry.md', () => {
  it('leads to the first device and the first push to its account', async () => {
    const output = await shell('local stack');
    expect(output).toContain('{"result":"registered"}');
    expect(output).toContain('com.example.softphone');
    expect(output).toMatch(/\{"code":200,"response":"Accepted","ids":\["[\da-f-]{36}"\]\}/);
    const pushes = await vi.waitUntil(async () => {
      const received = JSON.parse(await shell('sandbox')) as { readonly parameters: Record<string, string> }[];
      return received.length > 0 && received;
    }, patience);
    expect(pushes.map(({ parameters }) => parameters)).toEqual([
      {
        verb: 'NotifyTextMessage',
        AppId: 'com.example.softphone',
        DeviceToken: 'LA7U4xm7MqZCVqFPhf4Dz2',
        Selector: 'C203056764290202B7DA6F61B98671616469AEDB:1DA7349B',
      },
    ]);
  });
});
