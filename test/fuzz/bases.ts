import { readdirSync, readFileSync } from 'node:fs';
import { readyMessage } from '../../local/output.ts';
import { httpEvent } from '../support/http-event.ts';
import { bytesOfEvent, formSent, isRecord, type JsonRecord } from './oracle.ts';

/** A recorded event, which is then mutated. */
export interface Base {
  readonly name: string;
  readonly event: JsonRecord;
  readonly form: Buffer;
  /** The AppId of its form, if it has one. */
  readonly appId?: string;
}

const folder = new URL('../../events/', import.meta.url);
const recorded = readdirSync(folder)
  .filter((name) => name.startsWith('accept-'))
  .map((name) => baseOf(name, JSON.parse(readFileSync(new URL(name, folder), 'utf8'))));

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
  baseOf(`documented-${String(at + 1)}`, httpEvent({ body })),
);

/** Every recorded event of `accept`, and both documented forms. */
export const bases: readonly Base[] = [...recorded, ...documented];

function baseOf(name: string, event: unknown): Base {
  const form = bytesOfEvent(event);
  if (form === undefined || !isRecord(event)) throw new Error(`${name} is not an event with a body`);
  const appId = new Map(formSent(form).parameters).get('AppId');
  return { name, event, form, ...(appId !== undefined && { appId }) };
}
