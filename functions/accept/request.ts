import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { decodeForm } from '../../shared/push/form.ts';
import { bounds, type Fault } from '../../shared/push/validation.ts';
import { decodeJson, isJson, type Content, type ContentReading } from './json.ts';
import type { Problem } from './problem.ts';

type PushRequest = Pick<APIGatewayProxyEventV2, 'headers' | 'isBase64Encoded'> & {
  /** For an empty body, API Gateway leaves the field out and the local stack sends null. */
  readonly body?: string | null | undefined;
  readonly requestContext: { readonly http: { readonly method: string } };
};

/** The headers of an event by their lower-case names, before they are validated. */
export type RequestHeaders = Readonly<Record<string, unknown>>;

const formType = 'application/x-www-form-urlencoded';
const jsonType = 'application/json';

export function headersOf(event: unknown): RequestHeaders {
  return isObject(event) && isObject(event['headers']) ? event['headers'] : {};
}

/** What a request asks for: one push or a batch, and how long to try them. */
export interface Request {
  readonly content: Content;
  /** The header `TTL`, https://www.rfc-editor.org/rfc/rfc8030#section-5.2. Absent: the deployment's own lifetime. */
  readonly ttlSeconds?: number;
}

type RequestReading =
  { readonly ok: true; readonly request: Request } | { readonly ok: false; readonly problem: Problem };

/** Reads a request, or the first problem with its event, method, headers, size or body. */
export function readRequest(event: unknown, maxBodyBytes: number): RequestReading {
  const refuse = (problem: Problem) => ({ ok: false, problem }) as const;
  const fault = (one: Fault) => refuse({ kind: 'invalid-parameters', faults: [one] });
  if (!isPushRequest(event)) {
    return fault({
      code: 'event',
      detail: 'The event is not a request of an API Gateway HTTP API (payload format 2.0).',
    });
  }
  const { method } = event.requestContext.http;
  if (method !== 'POST') return refuse({ kind: 'method-not-allowed', method });
  const media = readMediaType(event.headers);
  if (!media.ok) return refuse(media.problem);
  const ttl = event.headers['ttl']?.trim();
  if (ttl !== undefined && !/^\d{1,10}$/.test(ttl)) {
    const detail = 'The header TTL must be a whole number of seconds, from 0, with at most 10 digits.';
    return fault({ parameter: 'TTL', code: 'ttl', detail });
  }
  // Checked by the length of the text, before any of it is decoded.
  const bytes = Buffer.byteLength(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
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
  return { ok: true, request: { content, ...(ttl !== undefined && { ttlSeconds: Number(ttl) }) } };
}

/**
 * Others than API Gateway may invoke the function too, so its event is checked. By hand, and only the fields that are
 * read: a schema would cost more per push than all other checks together.
 */
function isPushRequest(event: unknown): event is PushRequest {
  if (!isObject(event) || !isObject(event['headers']) || !isObject(event['requestContext'])) return false;
  const { body, headers, isBase64Encoded, requestContext } = event;
  return (
    ['content-type', 'content-encoding', 'ttl'].every((name) => isTextOrAbsent(headers[name])) &&
    (isTextOrAbsent(body) || body === null) &&
    typeof isBase64Encoded === 'boolean' &&
    isObject(requestContext['http']) &&
    typeof requestContext['http']['method'] === 'string'
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

type MediaTypeReading =
  { readonly ok: true; readonly isJson: boolean } | { readonly ok: false; readonly problem: Problem };

/** The intake accepts no Content-Encoding: decompressing a gzip bomb would exhaust its memory. */
function readMediaType(headers: PushRequest['headers']): MediaTypeReading {
  const unsupported = (detail: string) => ({ ok: false, problem: { kind: 'unsupported-media-type', detail } }) as const;
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (coding !== '' && coding !== 'identity') {
    const detail = 'Content-Encoding is not supported: send the body without it.';
    return { ok: false, problem: { kind: 'unsupported-media-type', detail, acceptEncoding: 'identity' } };
  }
  const contentType = headers['content-type'];
  const types = `${formType} or ${jsonType}`;
  if (contentType === undefined) return unsupported(`Content-Type is missing: it must be ${types}.`);
  const [mediaType, ...attributes] = contentType.split(';').map((part) => part.trim().toLowerCase());
  if (mediaType !== formType && mediaType !== jsonType) return unsupported(`Content-Type must be ${types}.`);
  const charset = attributes.find((attribute) => attribute.startsWith('charset='))?.slice('charset='.length);
  // US-ASCII is a subset of UTF-8.
  if (charset !== undefined && !['utf-8', 'utf8', 'us-ascii'].includes(charset.replaceAll('"', ''))) {
    return unsupported('The charset of the body must be UTF-8.');
  }
  return { ok: true, isJson: mediaType === jsonType };
}

function readForm(body: Buffer): ContentReading {
  const isJsonText = /^\s*[{[]/.test(body.toString('latin1', 0, 64)) && isJson(body);
  if (!isJsonText) return { ok: true, content: { kind: 'push', fields: decodeForm(body) } };
  return { ok: false, fault: { code: 'json', detail: `The body is JSON, so its Content-Type must be ${jsonType}.` } };
}

/**
 * API Gateway sends a form as base64 and JSON as text; the local stack and `invoke local` may send a form as text.
 * Undefined: not valid base64.
 */
function decodeBody({ body, isBase64Encoded }: PushRequest): Buffer | undefined {
  const text = body ?? '';
  if (!isBase64Encoded) return bytesOfText(text);
  const bytes = Buffer.from(text, 'base64');
  // Node skips characters that are not base64. The text was valid only if it encodes back to itself.
  return bytes.toString('base64') === text ? bytes : undefined;
}

/**
 * If the body was decoded to text before it came here, U+FFFD stands where its bytes were not UTF-8. Those bytes are
 * lost, so the push must be refused: U+FFFD becomes a byte that is never valid in UTF-8, which is a fault of its
 * parameter. (A client that means U+FFFD sends it percent-encoded, or in JSON as an escape.) The same happens to a lone
 * surrogate, whose UTF-8 encoding in Node is U+FFFD.
 */
function bytesOfText(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (!text.includes('\uFFFD') && text.isWellFormed()) return bytes;
  return Buffer.from(bytes.toString('latin1').replaceAll('\u00EF\u00BF\u00BD', '\u00FF'), 'latin1');
}
