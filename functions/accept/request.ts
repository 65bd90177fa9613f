import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Problem } from './problem.ts';

type PushRequest = Pick<APIGatewayProxyEventV2, 'headers' | 'isBase64Encoded'> & {
  /** For an empty body, API Gateway leaves the field out and the local stack sends null. */
  readonly body?: string | null | undefined;
  readonly requestContext: { readonly http: { readonly method: string } };
};

/** The headers of an event by their lower-case names, before they are validated. */
export type RequestHeaders = Readonly<Record<string, unknown>>;

const formType = 'application/x-www-form-urlencoded';

export function headersOf(event: unknown): RequestHeaders {
  return isObject(event) && isObject(event['headers']) ? event['headers'] : {};
}

/** Reads the body of a request, or the first problem with its event, method, content type or size. */
export function readBody(event: unknown, maxBodyBytes: number): Buffer | Problem {
  if (!isPushRequest(event)) {
    const detail = 'The event is not a request of an API Gateway HTTP API (payload format 2.0).';
    return { kind: 'invalid-parameters', faults: [{ code: 'event', detail }] };
  }
  const { method } = event.requestContext.http;
  if (method !== 'POST') return { kind: 'method-not-allowed', method };
  const problem = problemOfContent(event);
  if (problem !== undefined) return problem;
  // Checked by the length of the text, before any of it is decoded.
  const bytes = Buffer.byteLength(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes > maxBodyBytes) return { kind: 'body-too-large', maxBodyBytes };
  return decodeBody(event);
}

/**
 * Others than API Gateway may invoke the function too, so its event is checked. By hand, and only the fields that are
 * read: a schema would cost more per push than all other checks together.
 */
function isPushRequest(event: unknown): event is PushRequest {
  if (!isObject(event) || !isObject(event['headers']) || !isObject(event['requestContext'])) return false;
  const { body, headers, isBase64Encoded, requestContext } = event;
  return (
    isTextOrAbsent(headers['content-type']) &&
    isTextOrAbsent(headers['content-encoding']) &&
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

/** The intake accepts forms only, and no Content-Encoding: decompressing a gzip bomb would exhaust its memory. */
function problemOfContent({ headers }: PushRequest): Problem | undefined {
  const unsupported = (detail: string) => ({ kind: 'unsupported-media-type', detail }) as const;
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (coding !== '' && coding !== 'identity') {
    const detail = 'Content-Encoding is not supported: send the form without it.';
    return { ...unsupported(detail), acceptEncoding: 'identity' };
  }
  const contentType = headers['content-type'];
  if (contentType === undefined) return unsupported(`Content-Type is missing: it must be ${formType}.`);
  const [mediaType, ...attributes] = contentType.split(';').map((part) => part.trim().toLowerCase());
  if (mediaType !== formType) return unsupported(`Content-Type must be ${formType}.`);
  const charset = attributes.find((attribute) => attribute.startsWith('charset='))?.slice('charset='.length);
  // US-ASCII is a subset of UTF-8.
  if (charset !== undefined && !['utf-8', 'utf8', 'us-ascii'].includes(charset.replaceAll('"', ''))) {
    return unsupported('The charset of the form must be UTF-8.');
  }
  return undefined;
}

/** API Gateway sends a form as base64; the local stack and `invoke local` may send it as text. */
function decodeBody({ body, isBase64Encoded }: PushRequest): Buffer | Problem {
  const text = body ?? '';
  if (!isBase64Encoded) return bytesOfText(text);
  const bytes = Buffer.from(text, 'base64');
  // Node skips characters that are not base64. The text was valid only if it encodes back to itself.
  if (bytes.toString('base64') === text) return bytes;
  const detail = 'The body is marked as base64, but is not valid base64.';
  return { kind: 'invalid-parameters', faults: [{ code: 'base64', detail }] };
}

/**
 * If the body was decoded to text before it came here, U+FFFD stands where its bytes were not UTF-8. Those bytes are
 * lost, so the push must be refused: U+FFFD becomes a byte that is never valid in UTF-8, which is a fault of its
 * parameter. (A client that means U+FFFD sends it percent-encoded.) The same happens to a lone surrogate, whose UTF-8
 * encoding in Node is U+FFFD.
 */
function bytesOfText(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (!text.includes('\uFFFD') && text.isWellFormed()) return bytes;
  return Buffer.from(bytes.toString('latin1').replaceAll('\u00EF\u00BF\u00BD', '\u00FF'), 'latin1');
}
