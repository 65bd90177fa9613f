import { InvalidArgumentError, Option, type Command } from 'commander';
import * as v from 'valibot';
import { deadLetterReasons } from '../../shared/push/dead-letter.ts';
import type { ConnectionOptions } from '../connection.ts';
import { readDuration } from '../duration-argument.ts';
import { Mistake } from '../mistake.ts';
import { addPlaceOptions, placeEntries } from '../place-options.ts';
import { isFiltering, type Filters } from './filters.ts';

/** Where to connect to, as options. */
export function addConnectionOptions(command: Command): void {
  addPlaceOptions(command, ['undeliverableUrl', 'queueUrl'], 'the queues');
  command
    .addOption(
      new Option('--undeliverable-url <url>', 'the queue of the letters, without asking CloudFormation').argParser(
        parseUrl,
      ),
    )
    .addOption(
      new Option('--queue-url <queue=url>', 'the queue of a queue, such as pushes=URL; once for each queue').argParser(
        parseQueueUrl,
      ),
    );
}

const connectionEntries = {
  ...placeEntries,
  undeliverableUrl: v.optional(v.string()),
  queueUrl: v.optional(v.map(v.string(), v.string()), () => new Map<string, string>()),
};

/** Reads what `addConnectionOptions` takes. */
export function readConnectionOptions(command: Command): ConnectionOptions {
  const { queueUrl: queueUrls, ...rest } = v.parse(v.object(connectionEntries), command.opts());
  return { ...rest, queueUrls };
}

/** Which letters, as options. */
export function addFilterOptions(command: Command): void {
  const reasons = new Option('--reason <reason...>', 'those given up for one of these reasons');
  command
    .addOption(reasons.choices(deadLetterReasons))
    .option('--app-id <id...>', 'those for one of these AppIds')
    .addOption(
      new Option('--older-than <duration>', 'those accepted longer ago, such as 90s, 2h or 1d12h').argParser(
        readDuration,
      ),
    )
    .addOption(new Option('--newer-than <duration>', 'those accepted not so long ago').argParser(readDuration));
}

/** Which letters are to be acted on, as options: filters, single letters, or all. */
export function addSelectionOptions(command: Command): void {
  addFilterOptions(command);
  const all = new Option('--all', 'every letter');
  command
    .option('--id <id...>', 'those of these pushes or messages')
    .addOption(all.conflicts(['reason', 'appId', 'olderThan', 'newerThan', 'id']));
}

const filterEntries = {
  reason: v.optional(v.array(v.picklist(deadLetterReasons))),
  appId: v.optional(v.array(v.string())),
  id: v.optional(v.array(v.string())),
  olderThan: v.optional(v.number()),
  newerThan: v.optional(v.number()),
};

/** Reads what `addFilterOptions` takes. */
export function readFilters(command: Command): Filters {
  const options = v.parse(v.object(filterEntries), command.opts());
  return {
    reasons: options.reason,
    appIds: options.appId,
    ids: options.id,
    olderThanMs: options.olderThan,
    newerThanMs: options.newerThan,
  };
}

/** Reads what `addSelectionOptions` takes. @throws Mistake where nothing is said: that must not mean everything. */
export function readSelection(command: Command): Filters {
  const filters = readFilters(command);
  const { all } = v.parse(v.object({ all: v.optional(v.boolean(), false) }), command.opts());
  if (!all && !isFiltering(filters)) {
    throw new Mistake(
      'Say which letters: --reason, --app-id, --older-than, --newer-than or --id, or --all for every one.',
    );
  }
  return filters;
}

const flagEntries = {
  json: v.optional(v.boolean(), false),
  reveal: v.optional(v.boolean(), false),
  dryRun: v.optional(v.boolean(), false),
  yes: v.optional(v.boolean(), false),
};

/** Reads the options that are said or not. */
export function readFlags(command: Command) {
  return v.parse(v.object(flagEntries), command.opts());
}

/** Rows of the table, as an option. */
export const limitOption = new Option('--limit <number>', 'rows of the table').default(50).argParser((text) => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Write a whole number, 0 for no table.');
  return Number(text);
});

/** Reads `limitOption`. */
export function readLimit(command: Command): number {
  return v.parse(v.object({ limit: v.number() }), command.opts()).limit;
}

function parseUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('Write the URL of a queue, such as https://sqs.eu-central-1.amazonaws.com/1234/name.');
}

function parseQueueUrl(text: string, before: ReadonlyMap<string, string> | undefined): ReadonlyMap<string, string> {
  const [, queue, url] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (queue === undefined || url === undefined) throw new InvalidArgumentError('Write QUEUE=URL, such as pushes=URL.');
  return new Map([...(before ?? []), [queue, parseUrl(url)]]);
}
