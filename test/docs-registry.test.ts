import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli } from './support/cli.ts';
import { startRegistryCli } from './support/registry-cli.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const page = readFileSync(new URL('../docs/registry.md', import.meta.url), 'utf8');

describe('docs/registry.md', () => {
  it('shows the keys of Account XML as the command prints them', async () => {
    const [, xml] = /^```xml\n(.+?)^```$/ms.exec(page) ?? [];
    expect((await cli(['registry', 'account-xml', '--url', 'https://push.example.com'])).stdout).toBe(xml);
  });

  it('has commands that do what they say, with the list that it shows', async () => {
    const [, list = ''] = /^```csv\n(.+?)^```$/ms.exec(page) ?? [];
    const [, commands = ''] = /<!-- run: registry -->\n\n```sh\n(.+?)^```$/ms.exec(page) ?? [];
    const folder = temporaryDirectory();
    writeFileSync(join(folder, 'devices.csv'), list);
    const relay = await startRegistryCli();
    const outputs = [];
    for (const command of commands.trim().split('\n')) {
      const [, ...words] = command.replace(/\S+\.csv/, (name) => join(folder, name)).split(' registry ');
      const { exitCode, stdout } = await relay.run(words.join(' ').split(' '));
      expect({ command, exitCode }).toEqual({ command, exitCode: 0 });
      outputs.push(stdout);
    }
    await relay.stop();
    expect(outputs).toEqual([
      expect.stringMatching(/^rows +1\nwritten +1\n/),
      expect.stringMatching(/\n1 account\n$/),
      expect.stringMatching(/\nalice +[\da-f]{12} +com\.example\.softphone /),
      expect.stringMatching(/^1 of 1 device written to /),
      expect.stringMatching(/\n1 device removed\.\n$/),
    ]);
  });
});
