import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { Environment } from '../../shared/environment.ts';
import { deviceBounds } from '../../shared/registry/device.ts';
import { signatureOf } from '../../shared/registry/signature.ts';
import { devicesSettings } from '../../shared/settings.ts';
import { exitCodes, UsageError, type CliContext, type ExitCode, type Given } from '../cli-context.ts';
import { readLocalVariable } from '../local-variables.ts';
import { onTarget, readStackOutputs, type Target, type TargetOptions } from '../target.ts';

type AddressOptions = TargetOptions & Given<{ url: string }>;

/** An option for the address of the relay, which otherwise the outputs of its stack name. */
export const urlOption = new Option(
  '--url <url>',
  'the address of the relay, such as https://HOST, PushUrl or DevicesUrl (default: that in the outputs of the stack)',
).argParser(urlArgument);

function urlArgument(text: string): string {
  const url = /^https?:\/\/[^?#@]+$/.test(text) ? URL.parse(text) : null;
  const path = url && /^(.*)\/(?:devices|pnm2)\/*$|^\/*$/.exec(url.pathname);
  if (url === null || path === null) {
    throw new InvalidArgumentError('Use https://HOST, https://HOST/devices or https://HOST/pnm2.');
  }
  return `${url.origin}${path[1] ?? ''}/devices`;
}

/** The address below which apps report: without a slash at its end. @throws UsageError */
export async function devicesUrlOf(options: AddressOptions, context: CliContext): Promise<string> {
  if (options.url !== undefined && options.local) throw new UsageError('Pass either --url or --local.');
  if (options.url !== undefined) {
    if (!/^https:|^http:\/\/(?:localhost|127\.[\d.]+|\[::1\])[:/]/.test(options.url)) {
      context.stderr.write('The address begins with http: others on the way can read the signature and the token.\n');
    }
    return options.url;
  }
  return onTarget(
    options,
    context,
    async (target) => ({ url: await findDevicesUrl(target), disconnect: () => undefined }),
    ({ url }) => Promise.resolve(url),
  );
}

async function findDevicesUrl(target: Target): Promise<string> {
  if (target.kind === 'local') return readLocalVariable(target, 'DEVICES_URL');
  try {
    return (await readStackOutputs(target)).require('DevicesUrl', 'pass the address with --url');
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'CredentialsProviderError') throw error;
    const remedy = 'pass the address of the relay with --url, or set AWS_PROFILE to read it from the stack';
    throw new UsageError(`No usable AWS credentials: ${remedy}.`, { cause: error });
  }
}

/** Prints the signed address of an account, with the secret in the environment. @throws UsageError */
export function sign(
  devicesUrl: string,
  { account, removal }: { readonly account: string } & Given<{ removal: boolean }>,
  { stdout, stderr, environment }: CliContext,
): ExitCode {
  const { account: limit } = deviceBounds;
  if (account === '' || account.length > limit || account.startsWith('#')) {
    throw new UsageError(`An account has 1 to ${String(limit)} characters, and does not begin with "#".`);
  }
  const signature = signatureOf(account, secretIn(environment));
  const encoded = encodeURIComponent(account).replaceAll('%40', '@');
  stdout.write(`${devicesUrl}/${removal ? 'remove' : 'report'}?account=${encoded}&sig=${signature}\n`);
  if (encoded.includes('%')) {
    stderr.write('In Account XML, % begins a placeholder: an app may not send this account as it is written here.\n');
  }
  return exitCodes.ok;
}

/** The secret to sign with: the first one, where two are valid. @throws UsageError */
function secretIn(environment: Environment): string {
  const reading = devicesSettings.reportSecret.read(environment['REPORT_SECRET'] ?? '');
  if ('faults' in reading) throw new UsageError(`REPORT_SECRET ${reading.faults.join('; ')}.`);
  const [secret] = reading.value;
  if (secret !== undefined) return secret;
  throw new UsageError('REPORT_SECRET is not set: set it to the parameter reportSecret of the deployment.');
}
