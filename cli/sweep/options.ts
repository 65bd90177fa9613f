import { InvalidArgumentError, Option, type Command } from 'commander';
import * as v from 'valibot';
import type { Parameter } from '../../shared/push/form.ts';
import { readDuration } from '../duration-argument.ts';
import { addPlaceOptions, placeEntries } from '../place-options.ts';
import { parseTime } from '../time.ts';
import type { SweepPlaceOptions } from './desk.ts';

/** Where the sweeps are, as options. */
export function addSweepPlaceOptions(command: Command): void {
  addPlaceOptions(command, ['bucket', 'tickMinutes'], 'the bucket');
  command
    .option('--bucket <name>', 'the bucket of the sweeps, without asking CloudFormation')
    .addOption(
      new Option('--tick-minutes <number>', 'with --bucket: tickMinutes of the deployment, if it is not 15').argParser(
        parseTickMinutes,
      ),
    );
}

const entries = { ...placeEntries, bucket: v.optional(v.string()), tickMinutes: v.optional(v.number()) };

/** Reads what `addSweepPlaceOptions` takes. */
export function readSweepPlaceOptions(command: Command): SweepPlaceOptions {
  const { tickMinutes, ...place } = v.parse(v.object(entries), command.opts());
  return { ...place, ...(tickMinutes !== undefined && { tickMs: tickMinutes * 60_000 }) };
}

/** What a sweep is to do, as options. */
export function addOrderOptions(command: Command): void {
  command
    .option('--name <name>', "the plan's name (default: that of the list)")
    .option('--verb <verb>', 'the verb', 'NotifyReprovision')
    .option('--extra-verb', 'the verb is not a documented one, but the deployment allows it')
    .option('--message <text>', 'the Message, for NotifyGenericTextMessage')
    .addOption(
      new Option('--parameter <name=value>', 'another parameter of each push; once for each').argParser(parseParameter),
    )
    .addOption(
      new Option('--window <duration>', 'over how long the pushes are spread, such as 90m, 2h or 1d12h; now: at once')
        .argParser(parseWindow)
        .default(7_200_000, '2h'),
    )
    .addOption(
      new Option(
        '--start <time>',
        "when it begins, in this machine's zone or with one (default: at the next tick)",
      ).argParser(parseStart),
    )
    .addOption(new Option('--every <duration>', 'how often it is repeated').argParser(readDuration))
    .option('--app <id...>', 'only devices of these AppIds')
    .addOption(
      new Option('--seen-within <duration>', 'only devices whose lastseen is not longer ago, such as 90d').argParser(
        readDuration,
      ),
    );
}

const orderEntries = {
  name: v.optional(v.string()),
  verb: v.string(),
  extraVerb: v.optional(v.boolean(), false),
  message: v.optional(v.string()),
  parameter: v.optional(v.array(v.tuple([v.string(), v.string()])), []),
  window: v.number(),
  start: v.optional(v.number()),
  every: v.optional(v.number()),
  app: v.optional(v.array(v.string())),
  seenWithin: v.optional(v.number()),
};

/** What the person wants to be done. Times are milliseconds since the epoch. */
export interface OrderOptions {
  readonly name?: string | undefined;
  readonly verb: string;
  readonly isExtraVerb: boolean;
  readonly parameters: readonly Parameter[];
  readonly windowMs: number;
  readonly startMs?: number | undefined;
  readonly everyMs?: number | undefined;
  readonly appIds?: readonly string[] | undefined;
  readonly seenWithinMs?: number | undefined;
}

/** Reads what `addOrderOptions` takes. */
export function readOrderOptions(command: Command): OrderOptions {
  const read = v.parse(v.object(orderEntries), command.opts());
  return {
    name: read.name,
    verb: read.verb,
    isExtraVerb: read.extraVerb,
    parameters: [...(read.message === undefined ? [] : [['Message', read.message] as const]), ...read.parameter],
    windowMs: read.window,
    startMs: read.start,
    everyMs: read.every,
    appIds: read.app,
    seenWithinMs: read.seenWithin,
  };
}

function parseTickMinutes(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('Write a whole number of minutes.');
  return Number(text);
}

function parseParameter(text: string, before: readonly Parameter[] = []): readonly Parameter[] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Write NAME=VALUE, such as Badge=1.');
  return [...before, [name, value]];
}

function parseWindow(text: string): number {
  return text === '0' || text === 'now' ? 0 : readDuration(text);
}

function parseStart(text: string): number {
  const ms = parseTime(text);
  if (ms === undefined) {
    throw new InvalidArgumentError('Write a time such as 2026-01-02T03:00, or with a zone 2026-01-02T03:00:00+01:00.');
  }
  return ms;
}
