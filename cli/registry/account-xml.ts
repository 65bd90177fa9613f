import { exitCodes, type CliContext, type ExitCode, type Given } from '../cli-context.ts';

interface AccountXmlOptions extends Given<{ singlePair: boolean }> {
  readonly accountTemplate: string;
  readonly signatureTemplate: string;
}

/** Prints the keys of Account XML that make an app report its device, and its removal. */
export function accountXml(devicesUrl: string, options: AccountXmlOptions, { stdout, stderr }: CliContext): ExitCode {
  const { accountTemplate, signatureTemplate, singlePair } = options;
  const device = {
    selector: '%selector%',
    ...(singlePair
      ? { token: '%pushToken%', appId: '%pushappid%' }
      : { token: '%pushTokenOther%', appId: '%pushappid_other%' }),
  };
  const calls = { callToken: '%pushTokenIncomingCall%', callAppId: '%pushappid_incoming_call%' };
  const report = { ...device, ...(!singlePair && calls), platform: '%platform%', version: '%version%' };
  const keysOf = (reporter: string, path: string, values: Readonly<Record<string, string>>) => [
    [`${reporter}Url`, `${devicesUrl}/${path}?account=${accountTemplate}&sig=${signatureTemplate}`],
    [`${reporter}PostData`, JSON.stringify(values)],
    [`${reporter}ContentType`, 'application/json'],
  ];
  const keys = [
    ...keysOf('pushTokenReporter', 'report', report),
    ...keysOf('accountRemovalReporter', 'remove', device),
  ];
  stdout.write(keys.map(([key = '', value = '']) => `<${key}>${escapeXml(value)}</${key}>\n`).join(''));
  for (const [placeholder] of `${accountTemplate} ${signatureTemplate}`.matchAll(/%[\w[\]]+%/g)) {
    stderr.write(
      `Your provisioning server must replace ${placeholder}: an app fills in only placeholders of its own.\n`,
    );
  }
  return exitCodes.ok;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
