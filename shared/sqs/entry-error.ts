import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs';

/** The failure of one entry of a batch call, as an error like that of a whole call. */
export function entryError(entry: BatchResultErrorEntry | undefined): Error {
  const error = new Error(entry?.Message ?? 'SQS said nothing of the entry');
  error.name = entry?.Code ?? 'Unconfirmed';
  return error;
}
