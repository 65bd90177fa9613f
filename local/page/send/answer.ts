import { noAnswer } from '../call.ts';
import { fieldsOf, type Draft, type PushRequest } from './request.ts';
import type { StackInfo } from '../../sandbox/api.ts';

/** What the intake has answered. */
export type Answer =
  | {
      readonly kind: 'accepted';
      /** One for each device. */
      readonly ids: readonly string[];
      /** It is the first answer to an earlier request with the same Idempotency-Key, and no push was sent. */
      readonly isReplayed: boolean;
    }
  | {
      readonly kind: 'refused';
      /** By the field that they belong to: the name of a parameter, `row N` of another one, or the name of a header. */
      readonly byField: ReadonlyMap<string, readonly string[]>;
      /** The faults of no field. */
      readonly others: readonly string[];
    };

interface Fault {
  readonly parameter?: string;
  readonly code: string;
  readonly detail: string;
}

/** The members of the answers of the intake, of API Gateway and of the sandbox that the page reads. */
interface Body {
  readonly id?: string;
  readonly ids?: readonly string[];
  readonly response?: string;
  readonly faults?: readonly Fault[];
  readonly message?: string;
  readonly error?: string;
}

/** The header whose fault the intake tells by a code. */
const headerOfCode: Readonly<Record<string, string>> = { ttl: 'TTL', 'idempotency-key': 'Idempotency-Key' };

/** The field that an answer without faults is about. */
const fieldOfStatus: Readonly<Record<number, string>> = {
  401: 'X-Api-Key',
  404: 'Account',
  409: 'Idempotency-Key',
  422: 'Idempotency-Key',
};

/** Sends a request to the intake, through the sandbox. */
export async function send(
  request: PushRequest,
  draft: Draft,
  stack: Pick<StackInfo, 'verbs' | 'requiresKey'>,
): Promise<Answer> {
  const response = await fetch(`/intake/pnm2${request.path}`, {
    method: 'POST',
    headers: request.headers.map(([name, value]): [string, string] => [name, bytesOf(value)]),
    body: request.body,
    // Without it, the browser asks for a password after a 401.
    credentials: 'omit',
  }).catch(() => undefined);
  if (response === undefined) return refused(noAnswer);
  const body = (await response.json().catch(() => ({}))) as Body;
  const { id, ids = id === undefined ? [] : [id] } = body;
  if (response.ok) return { kind: 'accepted', ids, isReplayed: response.headers.has('idempotent-replayed') };
  return refusalOf(response.status, body, draft, stack);
}

/** The faults of a refusal, at the fields that the form has. */
export function refusalOf(
  status: number,
  body: Body,
  draft: Draft,
  stack: Pick<StackInfo, 'verbs' | 'requiresKey'>,
): Answer {
  const fields = new Set(['verb', ...fieldsOf(draft, stack), 'TTL', 'Idempotency-Key']);
  if (stack.requiresKey) fields.add('X-Api-Key');
  const fieldOf = ({ parameter, code }: Fault) => {
    const name = parameter ?? headerOfCode[code] ?? '';
    if (fields.has(name)) return name;
    const row = draft.others.find((other) => other.name === name)?.row;
    return row === undefined ? undefined : `row ${String(row)}`;
  };
  if (body.faults === undefined || body.faults.length === 0) {
    const detail = body.response ?? body.error ?? body.message ?? `The intake answered ${String(status)}.`;
    const field = fieldOfStatus[status] ?? '';
    const words = status === 401 ? keyWords(draft) : detail;
    return fields.has(field) ? { ...refused(), byField: new Map([[field, [words]]]) } : refused(detail);
  }
  const byField = new Map<string, string[]>();
  const others: string[] = [];
  for (const fault of body.faults) {
    const field = fieldOf(fault);
    if (field === undefined) others.push(fault.detail);
    else byField.set(field, [...(byField.get(field) ?? []), fault.detail]);
  }
  return { kind: 'refused', byField, others };
}

/** The intake does not say whether there was a key, and names headers that the form has no fields for. */
function keyWords({ apiKey }: Draft): string {
  return apiKey.trim() === ''
    ? 'An API key is missing: enter one, or create one with npm run key and add its entry to API_KEYS.'
    : 'This API key is not in API_KEYS. Enter the key itself, not its digest.';
}

function refused(...others: string[]) {
  return { kind: 'refused', byField: new Map<string, readonly string[]>(), others } as const;
}

/** A header has bytes: those of UTF-8, as curl sends them. */
function bytesOf(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
