import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readDevicesConfiguration } from '../functions/devices/config.ts';
import { signatureOf } from '../shared/registry/signature.ts';
import { devicesSettings } from '../shared/settings.ts';
import { blocksOf } from './support/page.ts';

const run = promisify(execFile);
const page = blocksOf('registry.md');

/** How each program of the page is called, after a check that the machine can run it. */
const programs: Readonly<Record<string, { readonly check: string; readonly file: string; readonly command: string }>> =
  {
    php: { check: 'php --version', file: 'sign.php', command: 'php sign.php "$1"' },
    node: { check: 'true', file: 'sign.mjs', command: `'${process.execPath}' sign.mjs "$1"` },
    python3: { check: 'python3 --version', file: 'sign.py', command: 'python3 sign.py "$1"' },
    dotnet: {
      check: 'dotnet --version',
      file: 'sign.cs',
      command: 'dotnet new console -o app >&2 && cp sign.cs app/Program.cs && dotnet run --project app -- "$1"',
    },
    openssl: { check: 'openssl version', file: 'sign.sh', command: 'sh sign.sh "$1"' },
  };

const [, secret = ''] = /with the secret `([^`]+)`/.exec(page.text) ?? [];
const vectors = [...page.text.matchAll(/^\| `([^`]+)` +\| `([\da-f]{64})` \|$/gm)].map(
  ([, account = '', signature = '']) => [account, signature] as const,
);

describe('docs/registry.md', () => {
  it('has a program for each of the languages, and no other', () => {
    const section = /^### Sign an address$.+?^### /ms.exec(page.text)?.[0] ?? '';
    const named = [...section.matchAll(/^<!-- run: (.+) -->$/gm)].map(([, name]) => name);
    expect(named).toEqual(Object.keys(programs));
  });

  it('has a secret that a deployment takes, and the signatures of two accounts, one beyond ASCII', () => {
    expect(devicesSettings.reportSecret.read(secret)).toEqual({ value: [secret] });
    expect(vectors.map(([account]) => account)).toEqual(['alice@example.com', 'nováková']);
    for (const [account, signature] of vectors) expect(signatureOf(account, secret)).toBe(signature);
  });

  it('makes a secret that a deployment takes', async () => {
    const [, command = ''] = /^(openssl rand .+) > report-secret$/m.exec(page.text) ?? [];
    const { stdout } = await run('sh', ['-c', command]);
    const environment = { STAGE: 'prod', DEVICES_TABLE: 'devices', OPEN_REPORTS: 'false', REPORT_SECRET: stdout };
    expect(readDevicesConfiguration(environment)).toMatchObject({ signing: [stdout.trim()] });
  });
});

describe.concurrent.each(Object.entries(programs))('the program for %s', (name, { check, file, command }) => {
  const canRun = spawnSync(check, { shell: true, stdio: 'ignore' }).status === 0;

  it.skipIf(!canRun)('computes the signatures that the relay computes', async ({ onTestFinished }) => {
    const directory = mkdtempSync(join(tmpdir(), 'pnm2-relay-'));
    onTestFinished(() => {
      rmSync(directory, { recursive: true });
    });
    writeFileSync(join(directory, file), page.codeOf('run', name));
    const env = { ...process.env, REPORT_SECRET: secret };
    for (const [account, signature] of vectors) {
      const { stdout } = await run('sh', ['-c', command, 'sh', account], { cwd: directory, env });
      expect(stdout).toBe(`${signature}\n`);
    }
  });
});
