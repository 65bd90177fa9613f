import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, type TestContext } from 'vitest';
import { startIntakeServer, type IntakeServerOptions } from './support/intake-server.ts';
import { blocksOf } from './support/page.ts';
import { registeredDevice } from './support/registry.ts';

const run = promisify(execFile);

const page = blocksOf('sending.md');

interface Program {
  /** Succeeds if the machine can run it. */
  readonly check: string;
  readonly file: string;
  readonly command: string;
}

const programs: Readonly<Record<string, Program>> = {
  curl: { check: 'curl --fail-with-body --version && jq --version', file: 'send.sh', command: 'sh send.sh' },
  wget: { check: 'wget --version && jq --version', file: 'send.sh', command: 'sh send.sh' },
  node: { check: 'true', file: 'send.mjs', command: `'${process.execPath}' send.mjs` },
  python3: { check: 'python3 --version', file: 'send.py', command: 'python3 send.py' },
  php: { check: 'php --ri curl', file: 'send.php', command: 'php send.php' },
  dotnet: {
    check: 'dotnet --version',
    file: 'send.cs',
    command: 'dotnet new console -o app && cp send.cs app/Program.cs && dotnet run --project app',
  },
};

const canRun = ({ check }: Program) => spawnSync(check, { shell: true, stdio: 'ignore' }).status === 0;

/** Runs a program of the page against an intake. The tests run at the same time, because the programs mostly wait. */
async function send(
  name: string,
  { file, command }: Program,
  { onTestFinished }: TestContext,
  options: IntakeServerOptions & { readonly key?: string },
) {
  const intake = await startIntakeServer(options);
  const directory = mkdtempSync(join(tmpdir(), 'pnm2-relay-'));
  onTestFinished(async () => {
    rmSync(directory, { recursive: true });
    await intake.stop();
  });
  writeFileSync(join(directory, file), page.codeOf('run', name));
  writeFileSync(join(directory, 'pushes.json'), page.codeOf('file', 'pushes.json'));
  const env = { ...process.env, RELAY_URL: intake.url, API_KEY: options.key ?? intake.key };
  const { stdout } = await run('sh', ['-c', command], { cwd: directory, env });
  return { ...intake, stdout };
}

describe('docs/sending.md', () => {
  it('has an example for each of the programs, and no other', () => {
    expect(page.programs).toEqual(['curl to an account', ...Object.keys(programs)]);
  });
});

describe('the example of a push to an account', () => {
  const program = { check: 'curl --version', file: 'send.sh', command: 'sh send.sh' };
  it.skipIf(!canRun(program))('reaches each device of the account', async (context) => {
    const devices = ['token-1', 'token-2'].map((deviceToken) => registeredDevice({ deviceToken }));
    const { queued, stdout } = await send('curl to an account', program, context, { devices });
    expect(queued.map(({ push }) => push.deviceToken)).toEqual(['token-1', 'token-2']);
    expect(JSON.parse(stdout)).toEqual({ code: 200, response: 'Accepted', ids: ['id 1', 'id 2'] });
  });
});

const AppId = 'com.example.softphone';
const text = { verb: 'NotifyGenericTextMessage', AppId, Message: 'Dobrý den' };
const message = { verb: 'NotifyTextMessage', AppId };
/** What each example sends: one push, and a batch of two. */
const sent = [
  { ...text, DeviceToken: 'LA7U+xm7MqZCVqFPhf4Dz2sILOJ9iVGh0eeTBOyKDRs=' },
  {
    ...message,
    DeviceToken: 'QVBBOTFi+EQ0KX05PclRXZXlRdTVaNUJXT3BZVmpBMmxR',
    Selector: 'C203056764290202B7DA6F61B98671616469AEDB:1DA7349B',
    Badge: '3',
  },
  {
    ...message,
    DeviceToken: 'mJv2bTn/0yS8xQeRk4hZc1uWgPd7LaK3sNfVi9oEtA8=',
    Selector: '0BEEC7B5EA3F0FDBC95D0DD47F3C5BC275DA8A33:5F2C8A10',
    Badge: '1',
  },
];

describe.concurrent.each(Object.entries(programs))('the example for %s', (name, program) => {
  it.skipIf(!canRun(program))(
    'sends again exactly what is not stored, with the key and the time to live',
    async (context) => {
      const { queued, statuses, stdout } = await send(name, program, context, {
        cutJson: 1,
        // The single push and the second one of the batch are refused when they are sent first.
        queueRefuses: ({ push }, offers) => offers === 0 && !push.parameters.some(([, value]) => value === '3'),
      });
      expect(queued.map(({ push }) => Object.fromEntries(push.parameters))).toEqual(sent);
      for (const { acceptedAt, expiresAt, client } of queued) {
        expect({ client, ttlMs: Number(expiresAt) - Number(acceptedAt) }).toEqual({
          client: 'backend',
          ttlMs: 3_600_000,
        });
      }
      expect(statuses).toEqual([503, 202, 202, 202]);
      expect(stdout.match(/\bAccepted\b/g)).toHaveLength(3);
    },
  );

  it.skipIf(!canRun(program))('does not send again what is refused', async (context) => {
    const { statuses } = await send(name, program, context, { key: 'wrong' });
    expect(statuses).toEqual([401, 401]);
  });
});
