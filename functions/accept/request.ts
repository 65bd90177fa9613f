import {
  bytesOfBody,
  decodeBody,
  isHttpRequest,
  jsonType,
  notARequest,
  readMediaType,
} from '../../shared/http/request.ts';
import { decodeForm } from '../../shared/push/form.ts';
import { decodeJson, isJson, type Content, type ContentReading } from '../../shared/push/json-body.ts';
import { bounds, type Fault } from '../../shared/push/validation.ts';
import { contentHashOf, readIdempotencyKey, type Idempotency } from './idempotency.ts';
import type { Problem } from './problem.ts';

/** What a request asks for: one push or a batch, and how long to try them. */
export interface Request {
  readonly content: Content;
  /** The header `TTL`, https://www.rfc-editor.org/rfc/rfc8030#section-5.2. Absent: the deployment's own lifetime. */
  readonly ttlSeconds?: number;
  /** The header `Idempotency-Key`, https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/. */
  readonly idempotency?: Idempotency;
}

type RequestReading =
  { readonly ok: true; readonly request: Request } | { readonly ok: false; readonly problem: Problem };

/** Reads a request, or the first problem with its event, method, headers, size or body. */
export function readRequest(event: unknown, maxBodyBytes: number): RequestReading {
  const refuse = (problem: Problem) => ({ ok: false, problem }) as const;
  const fault = (one: Fault) => refuse({ kind: 'invalid-parameters', faults: [one] });
  if (!isHttpRequest(event, ['ttl', 'idempotency-key'])) return fault({ code: 'event', detail: notARequest });
  const { method } = event.requestContext.http;
  if (method !== 'POST') return refuse({ kind: 'method-not-allowed', method });
  const media = readMediaType(event.headers);
  if (!media.ok) return refuse({ kind: 'unsupported-media-type', ...media.refusal });
  const ttl = event.headers['ttl']?.trim();
  if (ttl !== undefined && !/^\d{1,10}$/.test(ttl)) {
    const detail = 'The header TTL must be a whole number of seconds, from 0, with at most 10 digits.';
    return fault({ parameter: 'TTL', code: 'ttl', detail });
  }
  const keyHeader = event.headers['idempotency-key'];
  const idempotencyKey = keyHeader === undefined ? undefined : readIdempotencyKey(keyHeader);
  if (keyHeader !== undefined && idempotencyKey === undefined) {
    const detail =
      'The header Idempotency-Key must have 1 to 255 printable ASCII characters: send a UUID, for example.';
    return fault({ parameter: 'Idempotency-Key', code: 'idempotency-key', detail });
  }
  const bytes = bytesOfBody(event);
  if (bytes > Math.max(maxBodyBytes, media.isJson ? bounds.batchBytes : 0)) {
    return refuse({ kind: 'body-too-large', maxBodyBytes, isBatch: media.isJson });
  }
  const body = decodeBody(event);
  if (body === undefined) {
    return fault({ code: 'base64', detail: 'The body is marked as base64, but is not valid base64.' });
  }
  const reading = media.isJson ? decodeJson(body) : readForm(body);
  if (!reading.ok) return fault(reading.fault);
  const { content } = reading;
  if (content.kind === 'push' && bytes > maxBodyBytes) {
    return refuse({ kind: 'body-too-large', maxBodyBytes, isBatch: false });
  }
  const ttlSeconds = ttl === undefined ? undefined : Number(ttl);
  return {
    ok: true,
    request: {
      content,
      ...(ttlSeconds !== undefined && { ttlSeconds }),
      ...(idempotencyKey !== undefined && {
        idempotency: { key: idempotencyKey, contentHash: contentHashOf(body, media.isJson, ttlSeconds) },
      }),
    },
  };
}

function readForm(body: Buffer): ContentReading {
  const isJsonText = /^\s*[{[]/.test(body.toString('latin1', 0, 64)) && isJson(body);
  if (!isJsonText) return { ok: true, content: { kind: 'push', fields: decodeForm(body) } };
  return { ok: false, fault: { code: 'json', detail: `The body is JSON, so its Content-Type must be ${jsonType}.` } };
}
