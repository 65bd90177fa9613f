import { InvalidArgumentError } from '@commander-js/extra-typings';
import { randomUUID } from 'node:crypto';
import { formatIsoDuration } from '../../shared/duration.ts';
import type { Parameter } from '../../shared/push/form.ts';
import { verbs } from '../../shared/push/push.ts';
import { planNamePattern } from '../../shared/sweeps/keys.ts';
import { readPlan, registryWord } from '../../shared/sweeps/plan.ts';
import { UsageError, type Given } from '../cli-context.ts';
import type { PreviewSettings } from './connection.ts';
import { nameOfSource, type Source, type Sources } from './source.ts';

/** The options that make a plan. Durations are in milliseconds, times in milliseconds since the epoch. */
export type OrderOptions = { readonly verb: string; readonly window: number } & Given<{
  name: string;
  extraVerb: boolean;
  message: string;
  parameter: readonly Parameter[];
  start: number;
  every: number;
  app: readonly string[];
  seenWithin: number;
  except: string;
}>;

export function parameterArgument(text: string, before: readonly Parameter[] | undefined): readonly Parameter[] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Use NAME=VALUE, such as Badge=1.');
  return [...(before ?? []), [name, value]];
}

/** A plan that is not in the bucket yet, and its text. */
export type Order = ReturnType<typeof orderOf>;

/** Makes a plan of the options. @throws UsageError that lists all faults of the plan. */
export function orderOf(
  options: OrderOptions,
  { devices: source, except }: Sources,
  { rules, speed, context }: PreviewSettings,
) {
  const list = nameOfSource(source);
  const planName = options.name ?? list.name;
  if (!planNamePattern.test(planName)) {
    throw new UsageError(
      `"${planName}" is not a valid plan name: pass --name with at most 100 letters, digits, "_", "." and "-", not beginning with "." or "-".`,
    );
  }
  const { message, parameter = [] } = options;
  const parameters = message === undefined ? parameter : [['Message', message] as const, ...parameter];
  const names = parameters.map(([name]) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new UsageError(`${repeated} is given twice: pass it once.`);
  const stamp = new Date(context.now()).toISOString().replace(/[-:]|\.\d+/g, '');
  const keyOf = (one: Source, role: string) => {
    if (one.kind === 'registry') return registryWord;
    if (one.kind === 'object') return one.key;
    return `devices/${planName}-${role}${stamp}-${randomUUID().slice(0, 8)}${nameOfSource(one).ending}`;
  };
  const { verb, window, start, every, app, seenWithin } = options;
  const properties = {
    devices: keyOf(source, ''),
    ...(source.kind === 'registry' && source.accounts !== undefined && { accounts: source.accounts }),
    ...(except !== undefined && { except: keyOf(except, 'except-') }),
    verb,
    ...(parameters.length > 0 && { parameters: Object.fromEntries(parameters) }),
    ...(start !== undefined && { start: new Date(start).toISOString().replace('.000Z', 'Z') }),
    window: formatIsoDuration(window),
    ...(every !== undefined && { every: formatIsoDuration(every) }),
    ...(app !== undefined && { appIds: app }),
    ...(seenWithin !== undefined && { seenWithin: formatIsoDuration(seenWithin) }),
  };
  const text = `${JSON.stringify(properties, undefined, 2)}\n`;
  const allowed = options.extraVerb && !verbs.has(verb) ? { ...rules, extraVerbs: [verb] } : rules;
  const reading = readPlan(text, allowed, speed);
  if (reading.ok) return { planName, text, plan: reading.plan, rules: allowed };
  const details = reading.faults.map(({ detail }) => detail).join(' ');
  const isVerbFault = reading.faults.some(({ property }) => property === 'verb');
  throw new UsageError(isVerbFault ? `${details} (If the deployment allows this verb, pass --extra-verb.)` : details);
}
