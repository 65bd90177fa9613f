import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli } from './support/cli.ts';
import { startDynamoDbProxy } from './support/dynamodb-proxy.ts';
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

  it('names the actions of DynamoDB that each command uses', async () => {
    const path = join(temporaryDirectory(), 'devices.csv');
    writeFileSync(path, 'account,appid,token,selector\nalice,app,token,S:1\n');
    const relay = await startRegistryCli();
    const used = new Set<string>();
    const { port, stop } = await startDynamoDbProxy(relay.environment.AWS_ENDPOINT_URL_DYNAMODB, (action) => {
      used.add(action);
      return 'pass';
    });
    await relay.setStack(`DYNAMODB_URL=http://127.0.0.1:${String(port)}\n`);
    for (const [command, ...words] of [
      ['import', path],
      ['list'],
      ['export'],
      ['show --account', 'alice'],
      ['show --selector', 'S:1'],
      ['remove --account', 'alice', '--yes'],
      ['import', path],
      ['remove --first-seen-after', '2025-01-01T00:00Z', '--yes'],
    ] as const) {
      used.clear();
      expect(await relay.run([...command.split(' '), ...words])).toMatchObject({ exitCode: 0 });
      const [row = ''] = new RegExp(`^\\|.*\`${command}\`.*$`, 'm').exec(page) ?? [];
      const named = row.matchAll(/`([A-Z]\w+)`/g).map(([, action]) => action);
      expect({ command, actions: [...used].sort() }).toEqual({ command, actions: [...named].sort() });
    }
    await stop();
    await relay.stop();
  });
});
