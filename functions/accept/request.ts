import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Problem } from './problem.ts';

/** What of API Gateway's event matters here. */
export type PushRequest = Pick<APIGatewayProxyEventV2, 'headers' | 'isBase64Encoded'> & {
  /** API Gateway leaves an empty body out, the local stack sends null. */
  readonly body?: string | null | undefined;
  readonly requestContext: { readonly http: { readonly method: string } };
};

/** Headers as an event has them, by their names in lower case, before anything is known about it. */
export type Headers = Readonly<Record<string, unknown>>;

const formType = 'application/x-www-form-urlencoded';

/** The headers of whatever the function was invoked with; none where there are none to be read. */
export function headersOf(event: unknown): Headers {
  return isObject(event) && isObject(event['headers']) ? event['headers'] : {};
}

/**
 * API Gateway sends nothing else than requests, but others may invoke the function too. Only what is read here is
 * looked at, and by hand: a schema would cost each push more than all other guards together.
 */
export function problemOfEvent(event: unknown): Problem | undefined {
  if (isPushRequest(event)) return undefined;
  const detail = 'This is no request as API Gateway sends it to a function, in the payload format 2.0 of an HTTP API.';
  return { kind: 'invalid-parameters', faults: [{ code: 'event', detail }] };
}

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

/** The gateway takes POST only. */
export function problemOfMethod({ requestContext }: PushRequest): Problem | undefined {
  const { method } = requestContext.http;
  return method === 'POST' ? undefined : { kind: 'method-not-allowed', method };
}

/** The gateway takes forms only; a coding such as gzip is not undone, for a bomb would be undone with it. */
export function problemOfContent({ headers }: PushRequest): Problem | undefined {
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (coding !== '' && coding !== 'identity') {
    const detail = 'The body has a Content-Encoding: send the form as it is.';
    return { kind: 'unsupported-media-type', detail, acceptEncoding: 'identity' };
  }
  const contentType = headers['content-type'];
  if (contentType === undefined) {
    return { kind: 'unsupported-media-type', detail: `There is no Content-Type: it must be ${formType}.` };
  }
  const [mediaType = '', ...attributes] = contentType.split(';').map((part) => part.trim().toLowerCase());
  if (mediaType !== formType) {
    return { kind: 'unsupported-media-type', detail: `The Content-Type must be ${formType}.` };
  }
  const charset = attributes.find((attribute) => attribute.startsWith('charset='))?.slice('charset='.length);
  // Percent-encoded text has its own encoding, and US-ASCII is a part of UTF-8.
  if (charset !== undefined && !['utf-8', 'utf8', 'us-ascii'].includes(charset.replaceAll('"', ''))) {
    return { kind: 'unsupported-media-type', detail: 'The charset of the form must be UTF-8.' };
  }
  return undefined;
}

/** Told by the length of the text alone, before any of it is decoded. */
export function problemOfSize({ body, isBase64Encoded }: PushRequest, maxBodyBytes: number): Problem | undefined {
  const bytes = Buffer.byteLength(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
  return bytes > maxBodyBytes ? { kind: 'body-too-large', maxBodyBytes } : undefined;
}

/**
 * The bytes of the body, or a problem where it claims to be base64 and is not.
 * API Gateway sends forms as base64; tests, the local stack and `invoke local` may send them as text.
 */
export function bodyBytes({ body, isBase64Encoded }: PushRequest): Buffer | Problem {
  const text = body ?? '';
  if (!isBase64Encoded) return bytesOfText(text);
  const bytes = Buffer.from(text, 'base64');
  // Node skips what is not base64; only what encodes back to itself was.
  if (bytes.toString('base64') === text) return bytes;
  const detail = 'The body is marked as base64 and is not.';
  return { kind: 'invalid-parameters', faults: [{ code: 'base64', detail }] };
}

/**
 * Whoever decoded the body to text before us has put U+FFFD where the bytes were not UTF-8. What stood there is lost,
 * so it must not pass: as a byte that is never UTF-8 it becomes a fault of its parameter. (Sent on purpose,
 * U+FFFD comes percent-encoded.) A lone surrogate ends the same way, for its encoding is U+FFFD.
 */
function bytesOfText(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (!text.includes('\uFFFD') && text.isWellFormed()) return bytes;
  return Buffer.from(bytes.toString('latin1').replaceAll('\u00EF\u00BF\u00BD', '\u00FF'), 'latin1');
}
