import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { hash } from 'node:crypto';

export type Response = APIGatewayProxyStructuredResultV2;

/** Identifies an idempotent request and what it contains. */
export interface Idempotency {
  readonly key: string;
  /** A hash of what must be the same when the request is repeated. */
  readonly contentHash: string;
}

/** How an idempotent request ended. */
export type IdempotentEnding =
  /** It was the first. With an error, its answer is not kept, or the record of a refused request is not deleted. */
  | { readonly kind: 'first'; readonly answer: Response; readonly error?: unknown }
  | { readonly kind: 'repeated'; readonly answer: Response }
  /** A request with this key is still under way. */
  | { readonly kind: 'in-progress' }
  /** Another request has this key. */
  | { readonly kind: 'reused' }
  /** The table did not answer, and nothing was done. */
  | { readonly kind: 'unavailable'; readonly error: unknown };

/** A request with an Idempotency-Key. */
export interface IdempotentRequest {
  readonly idempotency: Idempotency;
  /** The name of the API key. */
  readonly client: string | undefined;
  readonly context: Context;
  /** Aborts when the function has answered that it had no time for the request. */
  readonly signal: AbortSignal;
}

/**
 * Lets the first request with a key be accepted, and gives its answer to the others.
 * @param accept makes the first answer. Rejects only if this does.
 */
export type AnswerOnce = (request: IdempotentRequest, accept: () => Promise<Response>) => Promise<IdempotentEnding>;

/** Reads the header Idempotency-Key. Undefined: it is not valid. */
export function readIdempotencyKey(header: string): string | undefined {
  // API Gateway joins repeated headers by commas. A key may contain some, so these are one key.
  const key = header.trim();
  return /^[ -~]{1,255}$/.test(key) ? key : undefined;
}

/** A hash of what a request asks for: its bytes, how they are read, and the time to live. Both paths do the same. */
export function contentHashOf(body: Buffer, isJson: boolean, ttlSeconds: number | undefined): string {
  const head = JSON.stringify([isJson, ttlSeconds ?? null]);
  return hash('sha256', Buffer.concat([Buffer.from(`${head}\n`), body]));
}
