import { readdirSync, readFileSync } from 'node:fs';
import { readyMessage } from '../../local/output.ts';
import { httpEvent } from '../support/http-event.ts';
import { bytesOfEvent, formSent, isRecord, type JsonRecord } from './oracle.ts';
import type { Parameter } from '../../shared/push/form.ts';

/** An event that is then mutated. */
export interface Base {
  readonly name: string;
  readonly event: JsonRecord;
  readonly format: 'form' | 'json';
  readonly body: Buffer;
  /** The AppId of each of its pushes; `undefined` for one that is not valid. */
  readonly appIds: readonly (string | undefined)[];
}

interface FormBase extends Base {
  readonly parameters: readonly Parameter[];
}

const folder = new URL('../../events/', import.meta.url);
const recorded = readdirSync(folder)
  .filter((name) => name.startsWith('accept-'))
  .map((name) => formBaseOf(name, JSON.parse(readFileSync(new URL(name, folder), 'utf8'))));

/** The two examples of the gateway's document, as the local stack prints them. */
const printed = readyMessage({
  pushUrl: '',
  sandboxUrl: '',
  awsUrl: '',
  buckets: [],
  gatewayUrl: '',
  keys: 0,
  dataDir: undefined,
});
const documented = [...printed.matchAll(/--post-data="([^"]+)"/g)].map(([, body = ''], at) =>
  formBaseOf(`documented-${String(at + 1)}`, httpEvent({ body })),
);

const forms = [...recorded, ...documented];
const appIdOf = ({ appIds }: Base) => appIds[0];
const invalid = forms.filter((one) => appIdOf(one) === undefined);
const batches: Readonly<Record<string, readonly FormBase[]>> = {
  'batch-mixed': forms,
  'batch-valid': forms.filter((one) => appIdOf(one) !== undefined),
  'batch-invalid': [...invalid, ...invalid],
  'batch-of-one-app': [1, 2, 3].flatMap(() => documented.slice(0, 1)),
};

/** Every recorded event of `accept`, both documented forms, the same in JSON, and batches of them. */
export const bases: readonly Base[] = [
  ...forms,
  ...forms.map((one) => jsonBaseOf(`${one.name} in JSON`, one.event, jsonOf(one), [one])),
  ...Object.entries(batches).map(([name, all]) => jsonBaseOf(name, httpEvent(), `[${all.map(jsonOf).join()}]`, all)),
];

function formBaseOf(name: string, event: unknown): FormBase {
  const body = bytesOfEvent(event);
  if (body === undefined || !isRecord(event)) throw new Error(`${name} is not an event with a body`);
  const { parameters } = formSent(body);
  return { name, event, format: 'form', body, parameters, appIds: [new Map(parameters).get('AppId')] };
}

function jsonBaseOf(name: string, event: object, json: string, pushes: readonly FormBase[]): Base {
  const headers = {
    ...('headers' in event && isRecord(event.headers) && event.headers),
    'content-type': 'application/json',
  };
  const appIds = pushes.map(appIdOf);
  return { name, event: { ...event, headers }, format: 'json', body: Buffer.from(json), appIds };
}

function jsonOf({ parameters }: FormBase): string {
  return JSON.stringify(Object.fromEntries(parameters));
}
