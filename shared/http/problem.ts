import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Fault } from '../push/validation.ts';

/** What every problem document has. */
export interface ProblemDocument {
  readonly status: number;
  readonly title: string;
  /** A sentence for people. */
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * An answer that refuses a request: a problem document, https://www.rfc-editor.org/rfc/rfc9457. Its `type` is
 * `about:blank`, so the status says what kind of problem it is.
 * @param members what the document has besides.
 */
export function problemDocument(
  { status, title, detail, headers }: ProblemDocument,
  members: Readonly<Record<string, unknown>>,
): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify({ type: 'about:blank', title, status, detail, ...members }),
  };
}

/** An answer with JSON that is no problem. */
export function jsonResponse(
  statusCode: number,
  body: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}

/** The maximum number of faults that the sentences of an answer name. */
export const toldFaults = 5;

/** The faults of a request as sentences for people. */
export function sentencesOf(faults: readonly Fault<string>[]): string {
  const sentences = faults.slice(0, toldFaults).map(({ detail }) => detail);
  const others = faults.length - toldFaults;
  if (others > 0) sentences.push(others === 1 ? 'There is 1 more fault.' : `There are ${String(others)} more faults.`);
  return sentences.join(' ');
}
