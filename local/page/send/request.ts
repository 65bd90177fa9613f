import type { StackInfo } from '../../sandbox/api.ts';

/** What the form holds. */
export interface Draft {
  readonly verb: string;
  readonly to: 'device' | 'account';
  /** The values of the parameters that have a field of their own, also of those that are not shown. */
  readonly values: Readonly<Record<string, string>>;
  readonly others: readonly OtherParameter[];
  readonly format: 'form' | 'json';
  readonly ttl: string;
  readonly idempotencyKey: string;
  readonly apiKey: string;
}

export interface OtherParameter {
  /** Tells the rows apart. */
  readonly row: number;
  readonly name: string;
  readonly value: string;
}

/** A request to the intake. */
export interface PushRequest {
  /** Below the address of the intake. */
  readonly path: '' | '/send';
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly parameters: readonly (readonly [name: string, value: string])[];
  readonly format: 'form' | 'json';
  readonly body: string;
}

/** The parameters that have a field, besides the verb, for this verb and kind of target. */
export function fieldsOf({ verb, to }: Pick<Draft, 'verb' | 'to'>, { verbs }: Pick<StackInfo, 'verbs'>): string[] {
  const required = verbs.find(({ name }) => name === verb)?.required ?? [];
  // The registry knows the selector of each device.
  if (to === 'account') return ['Account', ...required.filter((name) => name !== 'Selector')];
  return ['AppId', 'DeviceToken', ...required];
}

/** The request that the form makes. A field that is empty is left out. */
export function requestOf(draft: Draft, stack: Pick<StackInfo, 'verbs'>): PushRequest {
  const fields = fieldsOf(draft, stack).map((name) => [name, draft.values[name] ?? ''] as const);
  const others = draft.others.map(({ name, value }) => [name, value] as const);
  const parameters = [['verb', draft.verb] as const, ...fields, ...others]
    .filter(([name, value]) => name !== '' && value !== '')
    .map(([name, value]) => [name.toWellFormed(), value.toWellFormed()] as const);
  const isForm = draft.format === 'form';
  const headers = [
    ['Content-Type', isForm ? 'application/x-www-form-urlencoded' : 'application/json'],
    ['X-Api-Key', draft.apiKey],
    ['TTL', draft.ttl],
    ['Idempotency-Key', draft.idempotencyKey],
  ] as const;
  return {
    path: isForm ? '' : '/send',
    headers: headers.filter(([, value]) => value !== ''),
    ...{ parameters, format: draft.format },
    body: isForm ? formOf(parameters) : jsonOf(parameters),
  };
}

function formOf(parameters: PushRequest['parameters']): string {
  return parameters.map((parameter) => parameter.map(encodeURIComponent).join('=')).join('&');
}

/** Not from an object: a name that was sent twice stays twice. */
function jsonOf(parameters: PushRequest['parameters']): string {
  return `{${parameters.map((parameter) => parameter.map((text) => JSON.stringify(text)).join(':')).join(',')}}`;
}

/** The same request for a shell. */
export function curlOf({ path, headers, parameters, format, body }: PushRequest, pushUrl: string): string {
  // curl adds the content type of a form itself.
  const shown = headers.filter(([name]) => format === 'json' || name !== 'Content-Type');
  return commandOf([
    ['curl', '-sS', `${pushUrl}${path}`],
    ...shown.map(([name, value]) => ['-H', `${name}: ${value}`]),
    ...(format === 'json'
      ? [['--data-raw', body]]
      : // curl encodes the value, but not the name.
        parameters.map(([name, value]) => ['--data-urlencode', `${encodeURIComponent(name)}=${value}`])),
  ]);
}

/** The same request for a shell. */
export function wgetOf({ path, headers, format, body }: PushRequest, pushUrl: string): string {
  // wget adds the content type of a form itself.
  const shown = headers.filter(([name]) => format === 'json' || name !== 'Content-Type');
  return commandOf([
    ['wget', '-q', '--content-on-error', '-O', '-', `${pushUrl}${path}`],
    ...shown.map(([name, value]) => ['--header', `${name}: ${value}`]),
    ['--post-data', body],
  ]);
}

/** A command with its options on lines of their own. */
function commandOf(lines: readonly (readonly string[])[]): string {
  return lines.map((words) => words.map(quoted).join(' ')).join(' \\\n  ');
}

/** A word as every POSIX shell reads it back. */
function quoted(word: string): string {
  return /^[\w./:=@%,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
