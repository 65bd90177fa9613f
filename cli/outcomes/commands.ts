import { Option, type Command } from '@commander-js/extra-typings';
import { queueNames } from '../../shared/outcomes/filter.ts';
import { outcomeKinds } from '../../shared/outcomes/outcome-event.ts';
import { deadLetterReasons } from '../../shared/push/dead-letter.ts';
import { examplesText, type RunCommand } from '../cli-context.ts';
import { addTopicOptions, onTopic } from './connection.ts';

/** Adds `outcomes` and its subcommand. */
export function addOutcomeCommands(program: Command, run: RunCommand): void {
  const group = addTopicOptions(program.command('outcomes'))
    .description('Follow what becomes of the pushes: each that is given up and, with publishDelivered, each delivered.')
    .addHelpText(
      'after',
      examplesText(
        'outcomes',
        tailExamples.map((example) => `tail ${example}`),
      ),
    );

  group
    .command('tail')
    .description('Print outcomes as they come, one line each, until you press Ctrl-C.')
    .addOption(
      new Option('--outcome <outcome...>', 'only those with one of these outcomes of the last attempt').choices(
        outcomeKinds,
      ),
    )
    .addOption(
      new Option('--reason <reason...>', 'only pushes given up for one of these reasons').choices(deadLetterReasons),
    )
    .option('--verb <verb...>', 'only pushes with one of these verbs')
    .option('--app-id <id...>', 'only pushes for one of these AppIds')
    .option('--client <name...>', 'only pushes that one of these clients sent')
    .addOption(new Option('--queue <queue...>', 'only pushes of one of these queues').choices(queueNames))
    .option('--json', 'print whole events, with device tokens: one line of JSON each')
    .addOption(new Option('--reveal', 'show device tokens instead of hashes').conflicts('json'))
    .addHelpText('after', tailHelp)
    .action((_options, command) =>
      run(async (context) => {
        const options = command.optsWithGlobals();
        return onTopic(options, context, async (topic) => (await import('./tail.ts')).tail(topic, options));
      }),
    );
}

const tailExamples = [
  '--local',
  '--stage prod --region eu-central-1 --reason unregistered rejected',
  "--stage prod --client crm --json | jq -r '.push.deviceToken'",
];

const tailHelp = `
The command subscribes a queue of its own to the topic, with the filters, and removes both when it ends. It shows what
happens from now on: "dead-letters list" shows what was given up before. If it is killed, its queue stays until another
tail of this relay removes it, an hour later at the earliest. Nothing that lies there is kept for longer than 5 minutes.
${examplesText('outcomes tail', tailExamples)}`;
