import { readdirSync, readFileSync } from 'node:fs';
import { readyMessage } from '../../local/output.ts';
import { httpEvent } from '../support/http-event.ts';
import { bytesOfEvent, contentSent, fieldAt, formatOf, isRecord, type Format, type SentPush } from './oracle.ts';
import { isValid } from './validity.ts';

/** An event that is then mutated. */
export interface Base {
  readonly name: string;
  /** The event without its body, as JSON: to parse it takes less time than to clone it. */
  readonly eventText: string;
  readonly format: Format;
  readonly body: Buffer;
  readonly pushes: readonly SentPush[];
}

const folder = new URL('../../events/', import.meta.url);
const recorded = readdirSync(folder)
  .filter((name) => name.startsWith('accept-'))
  .map((name) => baseOf(name, JSON.parse(readFileSync(new URL(name, folder), 'utf8'))));

/** The two examples of the gateway's document, as the local stack prints them. */
const printed = readyMessage({
  pushUrl: '',
  reportUrl: '',
  sandboxUrl: '',
  awsUrl: '',
  dynamoDbUrl: '',
  bucket: 'sweeps',
  topicArns: [],
  tables: [],
  subscriberUrl: undefined,
  gatewayUrl: '',
  keys: 0,
  isSigned: false,
  dataDir: undefined,
});
const documented = [...printed.matchAll(/--post-data="([^"]+)"/g)].map(([, body = ''], at) =>
  baseOf(`documented-${String(at + 1)}`, httpEvent({ body })),
);

const originals = [...recorded, ...documented];
const pushes = originals.flatMap((base) => base.pushes);
const invalid = pushes.filter((push) => !isValid(push));
const batches: Readonly<Record<string, readonly SentPush[]>> = {
  'batch-mixed': pushes,
  'batch-valid': pushes.filter(isValid),
  'batch-invalid': [...invalid, ...invalid],
  'batch-of-one-app': documented.slice(0, 1).flatMap((base) => [...base.pushes, ...base.pushes]),
};

/** Every recorded event of `accept`, both documented forms, the push of each form in JSON, batches, and account pushes. */
export const bases: readonly Base[] = [
  ...originals,
  ...originals
    .filter(({ format }) => format === 'form')
    .map((base) => jsonBaseOf(`${base.name} in JSON`, base.pushes.map(jsonOf).join(''))),
  ...Object.entries(batches).map(([name, all]) => jsonBaseOf(name, `[${all.map(jsonOf).join()}]`)),
  ...['alice', 'nobody'].flatMap((Account) => {
    const push = { verb: 'NotifyTextMessage', Account, Badge: '3' };
    const name = `to ${Account}`;
    return [
      baseOf(name, httpEvent({ body: new URLSearchParams(push).toString() })),
      jsonBaseOf(`${name} in JSON`, JSON.stringify(push)),
    ];
  }),
];

function baseOf(name: string, event: unknown): Base {
  const body = bytesOfEvent(event);
  const format = formatOf(fieldAt(event, 'headers', 'content-type'));
  if (body === undefined || format === undefined || !isRecord(event)) throw new Error(`${name} has no form or JSON`);
  const content = contentSent(format, body);
  if (content.kind === 'nothing') throw new Error(`${name} has no push`);
  const eventText = JSON.stringify({ ...event, body: undefined });
  return { name, eventText, format, body, pushes: content.kind === 'batch' ? content.pushes : [content.push] };
}

function jsonBaseOf(name: string, body: string): Base {
  return baseOf(name, httpEvent({ body, headers: { 'content-type': 'application/json' } }));
}

function jsonOf({ parameters }: SentPush): string {
  return JSON.stringify(Object.fromEntries(parameters));
}
