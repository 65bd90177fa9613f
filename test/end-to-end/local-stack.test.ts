import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { exec, execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { findFreePort, listen } from '../../local/listen.ts';
import type { ReceivedAttempt } from '../../local/sandbox/api.ts';
import { startGateway } from '../../local/sandbox/gateway/gateway.ts';
import { cli } from '../support/cli.ts';
import { patience } from '../support/patience.ts';
import { spawnStart, startStack, type Stack } from '../support/stack.ts';

const sh = promisify(exec);
const root = fileURLToPath(new URL('../..', import.meta.url));

let stack: Stack;
beforeAll(async () => {
  // A tick every two and a half seconds, and short delays between attempts.
  stack = await startStack({ SWEEP_SPEED: '360', BACKOFF_BASE_SECONDS: '1', BACKOFF_CAP_SECONDS: '1' });
});
afterAll(async () => {
  await stack.interrupt();
  await vi.waitUntil(() => groupIsGone(stack.process.pid ?? 0), patience);
});
beforeEach(() => fetch(`${stack.sandboxUrl}/attempts`, { method: 'DELETE' }));

async function received(): Promise<ReceivedAttempt[]> {
  return (await (await fetch(`${stack.sandboxUrl}/attempts`)).json()) as ReceivedAttempt[];
}

async function receivedParameters() {
  return (await received()).map(({ parameters }) => parameters);
}

const push = (parameters: Record<string, string>) =>
  fetch(stack.pushUrl, { method: 'POST', body: new URLSearchParams(parameters) });

describe('the local stack', () => {
  // The two commands of the gateway's document.
  const documented = [
    {
      line: 'wget https://pnm.cloudsoftphone.com/pnm2 --post-data="verb=NotifyGenericTextMessage&Message=Hello%20World&DeviceToken=QVBBOTFiSEQ0KX05PclRXZXlRdTVaNUJXT3BZVmpBMmxR&AppId=cz.acrobits.softphone.cloudphone" -O -',
      parameters: {
        verb: 'NotifyGenericTextMessage',
        Message: 'Hello World',
        DeviceToken: 'QVBBOTFiSEQ0KX05PclRXZXlRdTVaNUJXT3BZVmpBMmxR',
        AppId: 'cz.acrobits.softphone.cloudphone',
      },
    },
    {
      line: 'wget https://pnm.cloudsoftphone.com/pnm2 --post-data="verb=NotifyTextMessage&DeviceToken=LA7U4xm7MqZCVqFPhf4Dz2sILOJ9iVGh0eeTBOyKDRs=&Selector=C203056764290202B7DA6F61B98671616469AEDB:1DA7349B&AppId=com.cloudsoftphone.app" -O -',
      parameters: {
        verb: 'NotifyTextMessage',
        DeviceToken: 'LA7U4xm7MqZCVqFPhf4Dz2sILOJ9iVGh0eeTBOyKDRs=',
        Selector: 'C203056764290202B7DA6F61B98671616469AEDB:1DA7349B',
        AppId: 'com.cloudsoftphone.app',
      },
    },
  ];

  it.each(documented)('delivers the example of the document: $line', async ({ line, parameters }) => {
    const local = line.replace('https://pnm.cloudsoftphone.com/pnm2', stack.pushUrl);
    expect(stack.examples).toContain(local);
    const { stdout } = await sh(local);
    const id = expect.stringMatching(/^[\da-f-]{36}$/) as string;
    expect(JSON.parse(stdout)).toEqual({ code: 200, response: 'Accepted', id });
    await expect.poll(receivedParameters, patience).toEqual([parameters]);
  });

  it('delivers the batch that it prints as an example', async () => {
    const { stdout } = await sh(stack.examples.find((line) => line.includes('/send ')) ?? '');
    expect(JSON.parse(stdout)).toMatchObject({ code: 200, response: '2 of 2 pushes were accepted.' });
    await expect.poll(async () => (await receivedParameters()).length, patience).toBe(2);
  });

  it('delivers a + in a token, and prints a line when the push is accepted and when it is delivered', async () => {
    const parameters = { verb: 'NotifyReprovision', AppId: 'com.example.app', DeviceToken: 'a+b/c+d==' };
    const { stdout } = await sh(
      `wget ${stack.pushUrl} --post-data="verb=NotifyReprovision&AppId=com.example.app&DeviceToken=a%2Bb/c%2Bd==" -O -`,
    );
    const { id } = JSON.parse(stdout) as { id: string };
    await expect.poll(receivedParameters, patience).toEqual([parameters]);
    await expect
      .poll(() => stack.lines.filter((line) => line.includes(id)), patience)
      .toEqual([
        expect.stringContaining(`accepted       ${id}`) as string,
        expect.stringContaining(`delivered      ${id}`) as string,
      ]);
    expect(stack.lines.join('\n')).not.toContain(parameters.DeviceToken);
  });

  it('refuses what the deployed intake refuses', async () => {
    const statusOf = async (init: RequestInit) => (await fetch(stack.pushUrl, init)).status;
    const type = (contentType: string) => ({ headers: { 'content-type': contentType } });
    const form = 'application/x-www-form-urlencoded';
    expect(await statusOf({})).toBe(405);
    expect(await statusOf({ method: 'PUT', body: 'x' })).toBe(405);
    expect(await statusOf({ method: 'POST' })).toBe(415);
    expect(await statusOf({ method: 'POST', body: '{}', ...type('text/plain') })).toBe(415);
    expect(await statusOf({ method: 'POST', body: 'a'.repeat(70_000), ...type(form) })).toBe(413);
    expect(await statusOf({ method: 'POST', body: 'verb=x', ...type(form) })).toBe(400);
    expect(await statusOf({ method: 'POST', body: '', ...type(form) })).toBe(400);
    expect(await statusOf({ method: 'POST', body: Buffer.from([0x61, 0x3d, 0xff]), ...type(form) })).toBe(400);
    expect(await received()).toEqual([]);
  });

  it('delivers each of hundreds of pushes once, a tenth of them after two failed attempts', async () => {
    const count = 300;
    let next = 0;
    const sender = async () => {
      while (next < count) {
        const number = next++;
        const DeviceToken = number % 10 === 0 ? 'fail-500-2' : 'well';
        const Message = `number ${String(number)}`;
        const response = await push({ verb: 'NotifyGenericTextMessage', AppId: 'a', DeviceToken, Message });
        expect(response.status).toBe(202);
      }
    };
    await Promise.all(Array.from({ length: 20 }, sender));
    const accepted = async () => (await received()).filter(({ status }) => status === 200);
    await expect.poll(async () => (await accepted()).length, { ...patience, interval: 200 }).toBe(count);
    expect(new Set((await accepted()).map(({ parameters }) => parameters['Message'])).size).toBe(count);
  });

  it('accepts a recorded event from `serverless invoke local`', async () => {
    const env = { ...process.env, AWS_PORT: String(stack.awsPort) };
    const { stdout } = await promisify(execFile)(
      'npx',
      ['serverless', 'invoke', 'local', '--stage', 'local', '-f', 'accept', '-p', 'events/accept-form-base64.json'],
      { cwd: root, env },
    );
    expect(stdout).toContain('"statusCode": 202');
    await expect.poll(async () => (await received()).length, patience).toBe(1);
  });

  it('sweeps a list that is put into its bucket, each device once, and prints what it did and what was given up', async () => {
    const [bucket = ''] = stack.lines.flatMap((line) => /S3 .*\(bucket (\S+)\)/.exec(line)?.[1] ?? []);
    const s3 = new S3Client({
      endpoint: `http://127.0.0.1:${String(stack.awsPort)}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const linesOf = (pattern: RegExp) => stack.lines.filter((line) => pattern.test(line));
    const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
    const tokens = ['unregistered', ...Array.from({ length: 40 }, (_, at) => `swept-${String(at)}`)];
    await put('devices/some.csv', ['appid,token', ...tokens.map((token) => `com.example.swept,${token}`)].join('\r\n'));
    await put('plans/some.json', JSON.stringify({ devices: 'devices/some.csv', window: 'PT0S' }));
    const given = async () => (await receivedParameters()).map(({ DeviceToken }) => DeviceToken).toSorted();
    await expect.poll(given, { timeout: 30_000 }).toEqual(tokens.toSorted());
    await expect.poll(() => linesOf(/sweep run .*enqueued 41/), { timeout: 30_000 }).toHaveLength(1);
    await expect
      .poll(() => linesOf(/undeliverable {2}\S+ {2}unregistered .*NotifyReprovision/), { timeout: 30_000 })
      .toHaveLength(1);
    // The CLI takes the speed from the stack.
    const environment = { AWS_PORT: String(stack.awsPort) };
    expect((await cli(['sweep', 'status', 'some', '--local'], { environment })).stdout).toContain('some: ended\n');
    // A sweep has no line for each push. The lines of earlier tests may still come.
    const acceptedIds = new Set(linesOf(/ {2}accepted {2}/).map(idOf));
    expect(linesOf(/ {2}accepted {2}.*com\.example\.swept/)).toEqual([]);
    expect(
      linesOf(/ {2}delivered {2}/)
        .map(idOf)
        .filter((id) => !acceptedIds.has(id)),
    ).toEqual([]);
    s3.destroy();
  });

  it('does not start on a port that is in use, and prints in one line which variable changes it', async () => {
    const { port, stop } = await listen(createServer(), 0);
    const child = spawnStart({ SANDBOX_PORT: String(port) });
    const [code] = (await once(child, 'close')) as [number];
    await stop();
    expect(code).toBe(1);
    expect(printedBy(child)).toEqual([
      `Port ${String(port)} is in use: choose another one with SANDBOX_PORT=NUMBER npm start`,
    ]);
  });

  it('does not start with variables that are wrong, and prints one line for each', async () => {
    const child = spawnStart({ PORT: 'http', PNM2_URL: 'pnm.example.com', BACKOFF_CAP_SECONDS: 'abc' });
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(1);
    expect(printedBy(child)).toEqual([
      'PORT: must be a port number from 0 to 65535',
      'PNM2_URL: must be an http or https address',
      'BACKOFF_CAP_SECONDS: must be a whole number of seconds from 1 to 10800',
    ]);
  });

  it('ends without a word if it is stopped while it starts', async () => {
    const port = await findFreePort(Math.random);
    const child = spawnStart({ SANDBOX_PORT: String(port) });
    const isStarting = () =>
      fetch(`http://127.0.0.1:${String(port)}/attempts`).then(
        ({ ok }) => ok,
        () => false,
      );
    await expect.poll(isStarting, { ...patience, interval: 5 }).toBe(true);
    process.kill(-(child.pid ?? 0), 'SIGINT');
    await once(child, 'close');
    expect(printedBy(child)).toEqual([]);
  });

  it('listens only on the loopback address', async () => {
    const sandbox = new URL(stack.sandboxUrl);
    expect(sandbox.hostname).toBe('127.0.0.1');
    // A server that listens on 0.0.0.0 would use these ports on 127.0.0.2, too.
    for (const port of [
      Number(sandbox.port),
      Number(new URL(stack.gatewayUrl).port),
      stack.awsPort,
      Number(new URL(stack.pushUrl).port),
    ]) {
      const server = createServer().listen(port, '127.0.0.2');
      await once(server, 'listening');
      server.close();
    }
  });

  it('delivers an emoji', async () => {
    const parameters = { verb: 'NotifyGenericTextMessage', AppId: 'a', DeviceToken: 't', Message: 'Grüße 😀' };
    expect((await push(parameters)).status).toBe(202);
    await expect.poll(receivedParameters, patience).toEqual([parameters]);
  });

  it('delivers to PNM2_URL, keeps a push while nothing listens there, and ends all its processes', async () => {
    const port = await findFreePort(Math.random);
    const other = await startStack({
      ...{ PNM2_URL: `http://127.0.0.1:${String(port)}/pnm2`, BACKOFF_BASE_SECONDS: '1', BACKOFF_CAP_SECONDS: '1' },
    });
    onTestFinished(() => other.interrupt());
    const body = new URLSearchParams({ verb: 'NotifyReprovision', AppId: 'a', DeviceToken: 'waits' });
    expect((await fetch(other.pushUrl, { method: 'POST', body })).status).toBe(202);
    await expect.poll(() => other.lines.join('\n'), patience).toContain('ECONNREFUSED');
    const returned = await startGateway({ port });
    await expect.poll(() => returned.attempts().length, patience).toBe(1);
    await returned.stop();

    // A supervisor sends the signal to npm alone, unlike Ctrl-C.
    other.process.kill('SIGTERM');
    const group = other.process.pid ?? 0;
    await expect.poll(() => groupIsGone(group), patience).toBe(true);
    await expect(fetch(other.pushUrl)).rejects.toThrow();
  });
});

/** The id of the push that a line is about. */
function idOf(line: string): string | undefined {
  return /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(line)?.[0];
}

/** The lines that are not from npm. */
function printedBy({ lines }: { readonly lines: readonly string[] }): string[] {
  return lines.filter((line) => !/^(>|npm|$)/.test(line));
}

function groupIsGone(group: number): boolean {
  try {
    process.kill(-group, 0);
    return false;
  } catch {
    return true;
  }
}
