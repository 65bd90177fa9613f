import { hash } from 'node:crypto';
import { encodeForm, type Parameter } from '../../../shared/push/form.ts';
import { httpEvent } from '../../support/http-event.ts';
import type { ApiAnswer } from '../models/api.ts';
import { clientCount, hasLimitedKey } from './plan.ts';

const nameOfClient = (client: number) => `client-${String(client)}`;
const secretOfClient = (client: number) => `the secret of client ${String(client)}`;

/** The apps of limited keys: all but one. */
const appIds = Array.from({ length: 100 }, (_none, app) => `com.example.app${String(app)}`).join(',');

/** The API keys of the clients, as a deployment has them. */
export const apiKeys = Array.from({ length: clientCount }, (_none, client) =>
  [nameOfClient(client), hash('sha256', secretOfClient(client)), ...(hasLimitedKey(client) ? [appIds] : [])].join(':'),
).join(';');

export interface OutgoingRequest {
  readonly client: number;
  readonly key: string | undefined;
  readonly isJson: boolean;
  readonly ttlSeconds: number | undefined;
  /** The parameters of each push. */
  readonly pushes: readonly (readonly Parameter[])[];
}

/** The event of a request. */
export function eventOf({ client, key, isJson, ttlSeconds, pushes }: OutgoingRequest) {
  const [first = [], ...others] = pushes;
  const objects = pushes.map((parameters) => Object.fromEntries(parameters) as unknown);
  const json = JSON.stringify(others.length > 0 ? objects : objects[0]);
  return httpEvent({
    headers: {
      'x-api-key': secretOfClient(client),
      ...(isJson && { 'content-type': 'application/json' }),
      ...(ttlSeconds !== undefined && { ttl: String(ttlSeconds) }),
      ...(key !== undefined && { 'idempotency-key': key }),
    },
    body: isJson ? json : encodeForm(first),
  });
}

/** What a client reads in an answer. */
export interface Answer {
  /** 0: there is no answer. */
  readonly status: number;
  readonly isRepeated: boolean;
  readonly retryAfterSeconds: number | undefined;
  /** Of each push of the request. */
  readonly results: readonly Result[];
}

interface Result {
  readonly code: number;
  readonly ids: readonly string[];
}

/** @param pushes how many the request has. */
export function readAnswer({ status, headers, body }: ApiAnswer, pushes: number): Answer {
  const retryAfter = headers['retry-after'];
  const own: Result = { code: status === 202 ? 200 : status, ids: idsOf(body) };
  return {
    status,
    isRepeated: headers['idempotent-replayed'] === 'true',
    retryAfterSeconds: retryAfter === undefined ? undefined : Number(retryAfter),
    results:
      body.results?.map((result) => ({ code: result.code, ids: idsOf(result) })) ?? new Array<Result>(pushes).fill(own),
  };
}

function idsOf({ id, ids = [] }: Pick<ApiAnswer['body'], 'id' | 'ids'>): readonly string[] {
  return id === undefined ? ids : [id];
}
