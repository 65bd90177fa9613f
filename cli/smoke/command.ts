import { InvalidArgumentError, Option, type Command } from '@commander-js/extra-typings';
import { randomUUID } from 'node:crypto';
import type { Environment } from '../../shared/environment.ts';
import { readLocalStack } from '../../shared/local-stack.ts';
import { verbParameters, verbs } from '../../shared/push/push.ts';
import { exitCodes, UsageError, type RunCommand } from '../cli-context.ts';
import { addQueueOptions, onQueue } from '../dead-letters/dead-letter-queue.ts';
import { durationArgument } from '../time.ts';
import type { Follow } from './smoke.ts';

/** The counts of SQS are exact only after a while: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html */
const settleMsOnAws = 30_000;

/** Adds `smoke`. */
export function addSmokeCommand(program: Command, run: RunCommand): void {
  const command = addQueueOptions(program.command('smoke'))
    .description('Check that a relay wants a key, send one push and follow it until it is delivered or given up.')
    .option(
      '--url <url>',
      'the address of the intake (default: that of --stage or --stack, or else of the local stack, at PORT)',
      urlArgument,
    )
    .option('--key <key>', 'an API key of the deployment')
    .option('--app-id <id>', 'the AppId', 'com.example.smoke')
    .option('--token <token>', 'the DeviceToken: of a device of yours, or one that the sandbox knows', 'smoke')
    .addOption(new Option('--verb <verb>', 'the verb').default('NotifyReprovision').choices([...verbs.keys()]))
    .option('--sandbox <url>', 'follow the push at this sandbox (default with --local: at SANDBOX_PORT)', urlArgument)
    .addOption(
      new Option('--timeout <duration>', 'follow the push for this long')
        .argParser(durationArgument)
        .default(120_000, '2m'),
    )
    .addHelpText('after', help)
    .action((options) =>
      run(async (context) => {
        const { checkAccess, smoke } = await import('./smoke.ts');
        const { followAtSandbox, followBoth, followInQueues } = await import('./follow.ts');
        const { appId, token, verb, local } = options;
        const mark = `smoke-${randomUUID()}`;
        const push = {
          key: options.key,
          timeoutMs: options.timeout,
          parameters: {
            ...{ verb, AppId: appId, DeviceToken: token, Id: mark },
            ...requiredParametersOf(command),
          },
        };
        const areQueuesGiven =
          local === true ||
          ['stage', 'stack', 'undeliverableUrl'].some((name) => command.getOptionValueSource(name) === 'cli');
        const isSandboxGiven = options.sandbox !== undefined;
        const sandboxUrl = options.sandbox ?? (local ? localSandboxUrl(context.environment) : undefined);
        const atSandbox = sandboxUrl && followAtSandbox(sandboxUrl, mark, isSandboxGiven);
        const checkAndSmoke = async (url: URL, follow: Follow | undefined) => {
          const isProtected = push.key === undefined || (await checkAccess(url, context));
          const exitCode = await smoke({ url, ...push }, follow, context);
          return exitCode === exitCodes.ok && !isProtected ? exitCodes.failed : exitCode;
        };
        if (!areQueuesGiven) return checkAndSmoke(options.url ?? localIntakeUrl(context.environment), atSandbox);
        return onQueue(options, context, async (queue) => {
          const url = options.url ?? (local ? localIntakeUrl(context.environment) : deployedIntakeUrl(queue.pushUrl));
          const inQueues = await followInQueues(queue, local ? 0 : settleMsOnAws);
          const exitCode = await checkAndSmoke(url, atSandbox ? followBoth(inQueues, atSandbox) : inQueues);
          if (!local) context.stderr.write(leftToYou);
          return exitCode;
        });
      }),
    );
  for (const [name, requiredBy] of verbParameters) {
    command.option(`--${name.toLowerCase()} <value>`, `the ${name}, for ${requiredBy.join(' and ')}`);
  }
}

/** The values of the options for the parameters that some verb requires. */
function requiredParametersOf(command: Pick<Command, 'getOptionValue'>): Record<string, string> {
  return Object.fromEntries(
    [...verbParameters.keys()].flatMap((name) => {
      const value: unknown = command.getOptionValue(name.toLowerCase());
      return typeof value === 'string' ? [[name, value] as const] : [];
    }),
  );
}

function localIntakeUrl(environment: Environment): URL {
  const { port } = readLocalStack(environment);
  if (port === 0) throw new UsageError('PORT is 0: pass the address of the intake that npm start prints with --url.');
  return new URL(`http://127.0.0.1:${String(port)}/pnm2`);
}

/** @throws UsageError if the outputs of the stack do not have it, or were not read. */
function deployedIntakeUrl(pushUrl: string | undefined): URL {
  if (pushUrl === undefined) throw new UsageError('The address of the intake is unknown: pass it with --url.');
  return new URL(pushUrl);
}

/** The sandbox of the local stack, or `undefined` if its port is unknown. */
function localSandboxUrl(environment: Environment): URL | undefined {
  const { sandboxPort } = readLocalStack(environment);
  return sandboxPort === 0 ? undefined : new URL(`http://127.0.0.1:${String(sandboxPort)}`);
}

function urlArgument(text: string): URL {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text);
  throw new InvalidArgumentError('Use an http or https address.');
}

/** What only a person can check, on a deployment. */
const leftToYou =
  'Left to you: a time-out in the log, metrics, an alarm, a sweep of one device, and the removal. docs/first-deployment.md says how.\n';

const help = `
With gatewayFormat=json, NotifyReprovision needs --selector as well.

With --key, requests without a key and with a wrong one are sent first: both must be refused.

SQS does not say which pushes are on a queue. In the queues, a push therefore counts as delivered when its queue has been
empty for a while (30 s on AWS) and it is not a dead letter. If other pushes wait there until the time is up, the result
is "unclear". A sandbox shows each push that it has received.

Exit code: 0 if the push was delivered, or accepted and not followed; 1 if a wrong key was accepted, or the push was not
accepted, became a dead letter or is still waiting; 2 if that is unclear.

Examples:
  npm run smoke -- --local
  npm run smoke -- --local --token fail-500-2 --sandbox http://127.0.0.1:4001
  npm run smoke -- --stage prod --region REGION --key KEY \\
    --app-id com.example.app --token TOKEN --verb NotifyGenericTextMessage --message Hello`;
