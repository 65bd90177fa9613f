import { InvalidArgumentError, Option, type Command } from 'commander';
import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { Environment } from '../../shared/environment.ts';
import { verbParameters, verbs } from '../../shared/push/push.ts';
import { runAtDesk, type CommandContext } from '../command.ts';
import { addConnectionOptions } from '../dead-letters/options.ts';
import { parseDuration } from '../duration.ts';
import { exitCodes } from '../exit-codes.ts';
import { Mistake } from '../mistake.ts';
import type { SmokeOptions } from './smoke.ts';

const entries = v.object({
  url: v.instance(URL),
  key: v.optional(v.string()),
  appId: v.string(),
  token: v.string(),
  verb: v.string(),
  sandbox: v.optional(v.instance(URL)),
  timeout: v.number(),
  local: v.optional(v.boolean(), false),
});

/** An option for each parameter that some verb requires: `--selector`, `--message`. */
const parameterOptions = [...verbParameters].map(([name, requiredBy]) => ({
  name,
  option: new Option(`--${name.toLowerCase()} <value>`, `the ${name}, for ${requiredBy.join(' and ')}`),
}));

/** SQS's counts are right within a while only: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html */
const settleMsOnAws = 30_000;

/** Adds `smoke`. */
export function addSmokeCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('smoke')
    .description('Send one push through a relay and follow it to its end.')
    .addOption(
      new Option('--url <url>', 'the address of the door')
        .argParser(readUrl)
        .default(localDoor(context.surroundings.environment), 'the local stack, at PORT or 4000'),
    )
    .option('--key <key>', 'a key of that deployment')
    .option('--app-id <id>', 'the AppId', 'com.example.smoke')
    .option('--token <token>', 'the DeviceToken: of a device of yours, or of a sandbox', 'smoke')
    .addOption(new Option('--verb <verb>', 'the verb').default('NotifyReprovision').choices([...verbs.keys()]))
    .addOption(new Option('--sandbox <url>', 'follow it at this sandbox, and not in the queues').argParser(readUrl))
    .addOption(
      new Option('--timeout <duration>', 'how long to follow it').argParser(readTimeout).default(120_000, '2m'),
    )
    .addHelpText('after', help);
  for (const { option } of parameterOptions) command.addOption(option);
  addConnectionOptions(command);
  command.action(async () => {
    const { sandbox, local, ...rest } = v.parse(entries, command.opts());
    const mark = `smoke-${randomUUID()}`;
    const options: SmokeOptions = {
      url: rest.url,
      key: rest.key,
      timeoutMs: rest.timeout,
      parameters: { ...parametersOf(rest, mark), ...requiredParametersOf(command) },
    };
    const { smoke } = await import('./smoke.ts');
    const { followAtSandbox, followInQueues } = await import('./follow.ts');
    const isInQueues =
      local ||
      command.getOptionValueSource('stage') === 'cli' ||
      command.getOptionValueSource('undeliverableUrl') === 'cli';
    if (isInQueues && sandbox === undefined) {
      await runAtDesk(command, context, () =>
        Promise.resolve(async (desk) =>
          (await smoke(options, followInQueues(desk, local ? 0 : settleMsOnAws), context.surroundings))
            ? exitCodes.well
            : exitCodes.failed,
        ),
      );
      return;
    }
    try {
      const follow = sandbox && followAtSandbox(sandbox, mark);
      const isWell = await smoke(options, follow, context.surroundings);
      context.end(isWell ? exitCodes.well : exitCodes.failed);
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      context.surroundings.stderr.write(`${error.message}\n`);
      context.end(exitCodes.failed);
    }
  });
}

type Read = Pick<v.InferOutput<typeof entries>, 'appId' | 'token' | 'verb'>;

function parametersOf({ appId, token, verb }: Read, mark: string): Record<string, string> {
  return { verb, AppId: appId, DeviceToken: token, Id: mark };
}

function requiredParametersOf(command: Command): Record<string, string> {
  return Object.fromEntries(
    parameterOptions.flatMap(({ name, option }) => {
      const value: unknown = command.getOptionValue(option.attributeName());
      return typeof value === 'string' ? [[name, value] as const] : [];
    }),
  );
}

/** Where `npm start` puts the door. What is no port is complained of by the local stack, and by `--local`. */
function localDoor({ PORT: port = '4000' }: Environment): URL {
  const at = (chosen: string) => `http://127.0.0.1:${chosen}/pnm2`;
  return new URL(/^\d+$/.test(port) && URL.canParse(at(port)) ? at(port) : at('4000'));
}

function readUrl(text: string): URL {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text);
  throw new InvalidArgumentError('It must be an http or https address.');
}

function readTimeout(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('It must be a duration, such as 30s or 5m.');
  return ms;
}

const help = `
In the queues a push counts as delivered when its queue has been empty for a while (half a minute on AWS) and it is no
dead letter: on a queue that others use all the time it stays "waiting". It ends with 0 when the push was delivered, with 1 when it was not accepted, became a dead letter, or still waits.

Examples:
  npm run smoke -- --local
  npm run smoke -- --local --token fail-500-2 --sandbox http://127.0.0.1:4001
  npm run smoke -- --url https://ID.execute-api.REGION.amazonaws.com/pnm2 --key KEY --stage prod \\
    --app-id com.example.app --token TOKEN --verb NotifyGenericTextMessage --message Hello`;
