import { InvalidArgumentError, Option, type Command } from '@commander-js/extra-typings';
import type { Parameter } from '../../shared/push/form.ts';
import { durationArgument } from '../duration.ts';
import { addTargetOptions } from '../target.ts';
import { parseTime } from '../time.ts';

/** Adds the options that choose the bucket of the sweeps. */
export function addBucketOptions(command: Command) {
  return addTargetOptions(command, ['bucket', 'tickMinutes'], 'the bucket')
    .option('--bucket <name>', 'the bucket of the sweeps; CloudFormation is not asked')
    .option('--tick-minutes <number>', 'with --bucket: tickMinutes of the deployment, if not 15', parseTickMinutes);
}

/** The options that describe a sweep. */
export const orderOptions = {
  name: new Option('--name <name>', 'the name of the plan (default: that of the list)'),
  verb: new Option('--verb <verb>', 'the verb').default('NotifyReprovision'),
  extraVerb: new Option('--extra-verb', 'accept a verb that is not documented but that the deployment allows'),
  message: new Option('--message <text>', 'the Message, for NotifyGenericTextMessage'),
  parameter: new Option('--parameter <name=value>', 'another parameter of each push; repeat for more').argParser(
    parseParameter,
  ),
  window: new Option(
    '--window <duration>',
    'spread the pushes over this time, such as 90m, 2h or 1d12h; now: no spread',
  )
    .argParser(parseWindow)
    .default(7_200_000, '2h'),
  start: new Option(
    '--start <time>',
    'when the sweep begins, in the time zone of this machine or with an offset (default: at the next tick)',
  ).argParser(parseStart),
  every: new Option('--every <duration>', 'repeat the sweep at this interval').argParser(durationArgument),
  app: new Option('--app <id...>', 'only devices of these AppIds'),
  seenWithin: new Option(
    '--seen-within <duration>',
    'only devices whose lastseen is within this time, such as 90d',
  ).argParser(durationArgument),
};

/** The values of `orderOptions`. Durations are in milliseconds, times in milliseconds since the epoch. */
export interface OrderOptions {
  readonly name?: string | undefined;
  readonly verb: string;
  readonly extraVerb?: boolean | undefined;
  readonly message?: string | undefined;
  readonly parameter?: readonly Parameter[] | undefined;
  readonly window: number;
  readonly start?: number | undefined;
  readonly every?: number | undefined;
  readonly app?: readonly string[] | undefined;
  readonly seenWithin?: number | undefined;
}

function parseTickMinutes(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('Use a whole number of minutes.');
  return Number(text);
}

function parseParameter(text: string, before: readonly Parameter[] | undefined): readonly Parameter[] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Use NAME=VALUE, such as Badge=1.');
  return [...(before ?? []), [name, value]];
}

function parseWindow(text: string): number {
  return text === '0' || text === 'now' ? 0 : durationArgument(text);
}

function parseStart(text: string): number {
  const ms = parseTime(text);
  if (ms === undefined) {
    throw new InvalidArgumentError('Use a time such as 2026-01-02T03:00, or with an offset 2026-01-02T03:00:00+01:00.');
  }
  return ms;
}
