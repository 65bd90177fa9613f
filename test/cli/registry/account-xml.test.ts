import { describe, expect, it } from 'vitest';
import { createHmac } from 'node:crypto';
import { cli } from '../../support/cli.ts';
import { startRegistryCli } from '../../support/registry-cli.ts';

const run = (words: string[], environment = {}) => cli(['registry', ...words], { environment });
const url = 'https://push.example.com';

/** The keys of Account XML, as a reader of XML finds them. */
function keysIn(xml: string): Record<string, string> {
  const unescaped = (text: string) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  const matches = [...xml.matchAll(/^<(\w+)>([^<>]*)<\/\1>$/gm)];
  return Object.fromEntries(matches.map(([, key = '', value = '']): [string, string] => [key, unescaped(value)]));
}

describe('registry account-xml', () => {
  it('prints the keys of both reporters, with the silent pair and the pair for calls', async () => {
    const { exitCode, stdout, stderr } = await run(['account-xml', '--url', url]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const { pushTokenReporterPostData = '', accountRemovalReporterPostData = '', ...others } = keysIn(stdout);
    expect(others).toEqual({
      pushTokenReporterUrl: 'https://push.example.com/devices/report?account=ACCOUNT&sig=SIG',
      pushTokenReporterContentType: 'application/json',
      accountRemovalReporterUrl: 'https://push.example.com/devices/remove?account=ACCOUNT&sig=SIG',
      accountRemovalReporterContentType: 'application/json',
    });
    const device = { selector: '%selector%', token: '%pushTokenOther%', appId: '%pushappid_other%' };
    expect(JSON.parse(pushTokenReporterPostData)).toEqual({
      ...device,
      ...{ callToken: '%pushTokenIncomingCall%', callAppId: '%pushappid_incoming_call%' },
      ...{ platform: '%platform%', version: '%version%' },
    });
    expect(JSON.parse(accountRemovalReporterPostData)).toEqual(device);
  });

  it('has one pair for an app from before iOS 13', async () => {
    const { pushTokenReporterPostData = '' } = keysIn(
      (await run(['account-xml', '--url', url, '--single-pair'])).stdout,
    );
    expect(JSON.parse(pushTokenReporterPostData)).toEqual({
      ...{ selector: '%selector%', token: '%pushToken%', appId: '%pushappid%' },
      ...{ platform: '%platform%', version: '%version%' },
    });
  });

  it('escapes the templates of the provisioning server for XML', async () => {
    const templates = ['--account-template', '<?= $account ?>', '--signature-template', '{{ sig & more }}'];
    const { stdout } = await run(['account-xml', '--url', url, ...templates]);
    expect(stdout).toContain('?account=&lt;?= $account ?&gt;&amp;sig={{ sig &amp; more }}</pushTokenReporterUrl>');
  });

  it.each([
    [['--url', 'http://push.example.com/pnm2'], /^The address begins with http: others on the way can read .*\n$/],
    [['--url', url, '--account-template', '%account%'], /^Your provisioning server must replace %account%: .*\n$/],
  ])('prints the keys for %j with a remark', async (words, remark) => {
    const { exitCode, stdout, stderr } = await run(['account-xml', ...words]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('://push.example.com/devices/report?account=');
    expect(stderr).toMatch(remark);
  });

  it.each([
    [['--url', 'https://push.example.com/'], 'https://push.example.com/devices/report'],
    [['--url', 'https://push.example.com/pnm2'], 'https://push.example.com/devices/report'],
    [['--url', 'https://push.example.com/devices'], 'https://push.example.com/devices/report'],
    [['--url', 'http://localhost:4000/pnm2'], 'http://localhost:4000/devices/report'],
    [['--url', 'https://push.example.com/relay/devices/'], 'https://push.example.com/relay/devices/report'],
  ])('takes the address of %j', async (words, address) => {
    const { stdout, stderr } = await run(['account-xml', ...words]);
    expect(keysIn(stdout)['pushTokenReporterUrl']).toBe(`${address}?account=ACCOUNT&sig=SIG`);
    expect(stderr).toBe('');
  });

  it.each([
    [
      ['--url', 'push.example.com'],
      "error: option '--url <url>' argument 'push.example.com' is invalid. Use https://HOST, ",
    ],
    [
      ['--url', 'https://push.example.com?a=b'],
      'is invalid. Use https://HOST, https://HOST/devices or https://HOST/pnm2.',
    ],
    [['--url', 'https://push.example.com/devices/report'], 'is invalid. Use https://HOST, '],
    [['--url', 'https://push.example.com/prod'], 'is invalid. Use https://HOST, '],
    [['--url', url, '--account-template', ''], 'Use what your provisioning server replaces, such as ACCOUNT.'],
    [['--url', url, '--signature-template', ' '], 'Use what your provisioning server replaces'],
    [['--url', url, '--local'], 'Pass either --url or --local.'],
  ])('refuses %j', async (words, error) => {
    const { exitCode, stderr } = await run(['account-xml', ...words]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(error);
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});

describe('the address of the local stack', () => {
  it('is where the stack says, whatever its port', async () => {
    const relay = await startRegistryCli();
    await relay.setStack('DEVICES_URL=http://127.0.0.1:4321/devices\n');
    const { stdout } = await relay.run(['account-xml']);
    expect(keysIn(stdout)['pushTokenReporterUrl']).toBe('http://127.0.0.1:4321/devices/report?account=ACCOUNT&sig=SIG');
    await relay.setStack('TICK_MINUTES=\n');
    expect(await relay.run(['account-xml'])).toEqual({
      ...{ exitCode: 1, stdout: '' },
      stderr: 'The local stack has no registry: stop it, and run npm start with this version.\n',
    });
    await relay.stop();
  });

  it('needs a local stack', async () => {
    expect(await run(['account-xml', '--local'], { AWS_PORT: '1' })).toEqual({
      ...{ exitCode: 1, stdout: '' },
      stderr: expect.stringMatching(/^Nothing answers at http:\/\/127.0.0.1:1: start the local stack .*\n$/) as string,
    });
  });
});

describe('registry sign', () => {
  const secret = 'an-example-and-not-a-secret';
  const signatureOf = (account: string) => createHmac('sha256', secret).update(account).digest('hex');

  it('prints the signed address of an account', async () => {
    const words = ['sign', '--url', url, '--account', 'alice@example.com'];
    const query = `?account=alice@example.com&sig=${signatureOf('alice@example.com')}\n`;
    expect(await run(words, { REPORT_SECRET: secret })).toEqual({
      ...{ exitCode: 0, stderr: '' },
      stdout: `https://push.example.com/devices/report${query}`,
    });
    expect((await run([...words, '--removal'], { REPORT_SECRET: secret })).stdout).toBe(
      `https://push.example.com/devices/remove${query}`,
    );
  });

  it('signs with the first of two secrets', async () => {
    const environment = { REPORT_SECRET: `${secret},another-secret-that-was-before` };
    const words = ['sign', '--url', url, '--account', 'alice'];
    expect((await run(words, environment)).stdout).toContain(signatureOf('alice'));
  });

  it('encodes an account, and says that an app may not send it so', async () => {
    const words = ['sign', '--url', url, '--account', 'nováková & co'];
    const { stdout, stderr } = await run(words, { REPORT_SECRET: secret });
    expect(new URL(stdout).searchParams.get('account')).toBe('nováková & co');
    expect(new URL(stdout).searchParams.get('sig')).toBe(signatureOf('nováková & co'));
    expect(stderr).toMatch(/^In Account XML, % begins a placeholder: .*\n$/);
  });

  it.each([
    [{}, 'alice', 'REPORT_SECRET is not set: set it to the parameter reportSecret of the deployment.\n'],
    [{ REPORT_SECRET: 'short' }, 'alice', /^REPORT_SECRET must be one or two secrets of 20 to 256 .*\.\n$/],
    [{ REPORT_SECRET: secret }, '', /^An account has 1 to 256 characters/],
    [{ REPORT_SECRET: secret }, '#idempotency', /^An account has 1 to 256 characters/],
  ])('refuses to sign with %j for "%s"', async (environment, account, error) => {
    const { exitCode, stdout, stderr } = await run(['sign', '--url', url, '--account', account], environment);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    if (typeof error === 'string') expect(stderr).toBe(error);
    else expect(stderr).toMatch(error);
  });
});
