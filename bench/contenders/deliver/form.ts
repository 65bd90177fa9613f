import type { SQSRecord } from 'aws-lambda';

/** The form of a queued push, as a sample would make it. */
export function formOf({ body }: SQSRecord): URLSearchParams {
  const { parameters } = JSON.parse(body) as { parameters: [string, string][] };
  return new URLSearchParams(parameters);
}
