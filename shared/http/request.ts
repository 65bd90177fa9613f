import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** The parts of a request to the HTTP API that the functions read. */
export type HttpRequest = Pick<APIGatewayProxyEventV2, 'headers' | 'isBase64Encoded'> & {
  /** For an empty body, API Gateway leaves the field out and the local stack sends null. */
  readonly body?: string | null | undefined;
  /** After the question mark: as it was sent, or as the local stack encodes it anew. */
  readonly rawQueryString?: unknown;
  /** A stage that has a name is its first part. */
  readonly rawPath?: unknown;
  readonly requestContext: {
    readonly http: { readonly method: string };
    /** Milliseconds since the epoch, by the clock of the API. */
    readonly timeEpoch?: unknown;
  };
};

/** The headers of an event by their lower-case names, before they are validated. */
export type RequestHeaders = Readonly<Record<string, unknown>>;

export const formType = 'application/x-www-form-urlencoded';
export const jsonType = 'application/json';

export function headersOf(event: unknown): RequestHeaders {
  return isObject(event) && isObject(event['headers']) ? event['headers'] : {};
}

/**
 * Whether an event is a request of an API Gateway HTTP API (payload format 2.0). Others may invoke the function too, so
 * its event is checked. By hand, and only the fields that are read: a schema would cost more per push than all other
 * checks together.
 * @param headers those that the function reads, besides Content-Type and Content-Encoding.
 */
export function isHttpRequest(event: unknown, headers: readonly string[] = []): event is HttpRequest {
  if (!isObject(event) || !isObject(event['headers']) || !isObject(event['requestContext'])) return false;
  const { body, headers: sent, isBase64Encoded, requestContext } = event;
  return (
    ['content-type', 'content-encoding', ...headers].every((name) => isTextOrAbsent(sent[name])) &&
    (isTextOrAbsent(body) || body === null) &&
    typeof isBase64Encoded === 'boolean' &&
    isObject(requestContext['http']) &&
    typeof requestContext['http']['method'] === 'string'
  );
}

/** The detail of the answer to an event that is not a request. */
export const notARequest = 'The event is not a request of an API Gateway HTTP API (payload format 2.0).';

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

/** The media type of a body, or why it is refused with a 415. */
type MediaTypeReading =
  | { readonly ok: true; readonly isJson: boolean }
  | { readonly ok: false; readonly refusal: { readonly detail: string; readonly acceptEncoding?: string } };

/** Reads the type of a body: a form or JSON, in UTF-8. No Content-Encoding: a gzip bomb would exhaust the memory. */
export function readMediaType(headers: HttpRequest['headers']): MediaTypeReading {
  const unsupported = (detail: string) => ({ ok: false, refusal: { detail } }) as const;
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (coding !== '' && coding !== 'identity') {
    const detail = 'Content-Encoding is not supported: send the body without it.';
    return { ok: false, refusal: { detail, acceptEncoding: 'identity' } };
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

/** The size of a body, by the length of its text, before any of it is decoded. */
export function bytesOfBody({ body, isBase64Encoded }: HttpRequest): number {
  return Buffer.byteLength(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
}

/**
 * API Gateway sends a form as base64 and JSON as text; the local stack and `invoke local` may send a form as text.
 * Undefined: not valid base64.
 */
export function decodeBody({ body, isBase64Encoded }: HttpRequest): Buffer | undefined {
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
