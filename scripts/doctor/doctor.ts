import { table } from '../../shared/table.ts';
import type { ParameterValues } from '../parameters.ts';
import { connectToAccount, type Account, type ClientOptions } from './account.ts';
import type { Check, Deployment } from './check.ts';
import { checkConcurrency } from './concurrency.ts';
import { checkGateway, checkKeys, checkOutcomes, checkParameters } from './configuration.ts';
import { checkBuckets, checkStack, leftTable, tableOf } from './stack.ts';

/** Checks what can be known before a deployment: its parameters, and what the account allows and has already. */
export async function examine(
  deployment: Deployment,
  values: ParameterValues,
  options: ClientOptions,
): Promise<readonly Check[]> {
  const account = connectToAccount(options);
  try {
    const credentials = await checkCredentials(account, deployment);
    const configuration = [
      ...checkParameters(deployment.stage, values),
      ...checkGateway(values),
      ...checkKeys(values),
      ...checkOutcomes(values),
    ];
    if (credentials.result !== 'ok') return [credentials, ...configuration];
    const ofAccount = await Promise.all([
      unlessRefused('concurrency', async () =>
        checkConcurrency(await account.readConcurrency(), values, deployment.region),
      ),
      unlessRefused('stack', async () => {
        const status = await account.readStackStatus(deployment.stackName);
        const stack = checkStack(status, deployment);
        return [stack, ...(await unlessRefused('bucket', () => checkResources(account, status, deployment)))];
      }),
    ]);
    return [credentials, ...configuration, ...ofAccount.flat()];
  } finally {
    account.disconnect();
  }
}

async function checkResources(account: Account, status: string | undefined, deployment: Deployment): Promise<Check[]> {
  if (status === undefined) return checkTable(account, [], deployment);
  const { buckets, tables } = await account.readResources(deployment.stackName);
  return [...checkBuckets(status, buckets, deployment), ...(await checkTable(account, tables, deployment))];
}

/** @param ofStack the tables that the stack has already. */
function checkTable(account: Account, ofStack: readonly string[], deployment: Deployment): Promise<Check[]> {
  const table = tableOf(deployment);
  return unlessRefused('table', async () =>
    ofStack.includes(table) || !(await account.hasTable(table)) ? [] : [leftTable(deployment)],
  );
}

async function checkCredentials(account: Account, { region }: Deployment): Promise<Check> {
  try {
    const { account: id, arn } = await account.readIdentity();
    return { name: 'credentials', result: 'ok', detail: `account ${id}, ${arn}` };
  } catch (error) {
    return { name: 'credentials', result: 'failure', ...explainCredentials(error, region) };
  }
}

function explainCredentials(error: unknown, region: string): Pick<Check, 'detail' | 'remedy'> {
  const { name, detail } = explain(error);
  switch (name) {
    case 'CredentialsProviderError': {
      const remedy = `Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (${detail}).`;
      return { detail: 'there are no AWS credentials', remedy };
    }
    case 'ExpiredToken':
    case 'ExpiredTokenException':
      return { detail, remedy: 'Sign in again, for example with aws sso login.' };
    case 'InvalidClientTokenId':
    case 'SignatureDoesNotMatch':
    case 'UnrecognizedClientException':
      return { detail, remedy: `Check the access key, and that the account has enabled the region ${region}.` };
    default:
      return { detail, remedy: `Check the network and that ${region} is a region of AWS.` };
  }
}

/** Runs checks. What the credentials may not read is a warning: the deployment itself may not need it. */
async function unlessRefused(name: Check['name'], check: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await check();
  } catch (error) {
    const { detail } = explain(error);
    const remedy = 'Check it yourself, or let these credentials read it and run npm run doctor again.';
    return [{ name, result: 'warning', detail: `not checked: ${detail}`, remedy }];
  }
}

function explain(error: unknown): { readonly name: string; readonly detail: string } {
  if (!(error instanceof Error)) return { name: '', detail: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const message = error.message.replace(/\s+/g, ' ').trim() || code;
  if (error.name === 'CredentialsProviderError') return { name: error.name, detail: message };
  return '$fault' in error
    ? { name: error.name, detail: `AWS answered ${error.name}: ${message}` }
    : { name: error.name, detail: `AWS does not answer (${message})` };
}

/** Whether nothing stands against the deployment. */
export function isReady(checks: readonly Check[]): boolean {
  return checks.every(({ result }) => result !== 'failure');
}

/** The checks as a table, and below it what to do. */
export function report(checks: readonly Check[]): string {
  const rows = checks.map(({ name, result, detail }) => [name, result, detail]);
  const remedies = checks.flatMap(({ name, remedy }) => (remedy === undefined ? [] : [`${name}: ${remedy}`]));
  return [
    ...table(['check', 'result', 'detail'], rows),
    ...(remedies.length === 0 ? [] : ['', ...new Set(remedies)]),
  ].join('\n');
}

export function reportJson(deployment: Deployment, checks: readonly Check[]): string {
  return JSON.stringify({ ...deployment, ready: isReady(checks), checks }, null, 2);
}
