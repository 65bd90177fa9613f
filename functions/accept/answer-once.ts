import {
  IdempotencyAlreadyInProgressError,
  IdempotencyConfig,
  IdempotencyInconsistentStateError,
  IdempotencyItemNotFoundError,
  IdempotencyPersistenceLayerError,
  IdempotencyValidationError,
  makeIdempotent,
} from '@aws-lambda-powertools/idempotency';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { hash } from 'node:crypto';
import * as v from 'valibot';
import type { AnswerOnce, IdempotentEnding, Response } from './idempotency.ts';
import { keptAnswer, OwnRecord } from './own-record.ts';
import type { StartTimer } from './timer.ts';

/** How long an answer is given again. */
const expiresAfterSeconds = 86_400;
/** How long before its end the function stops waiting for DynamoDB: long enough to answer. */
const answerReserveMs = 750;

/** What the library hashes: what finds a record, and what must then be the same. */
interface Identified {
  readonly identity: string;
  readonly content: string;
}

/** Has the library delete the record of a request. */
class NotKept extends Error {}

/**
 * Keeps first answers in the table of the registry, under accounts that no app can report. A function is made idempotent,
 * and the library's middleware is not used: when it refuses a second request, it deletes the record of the first, and a
 * third one would push again.
 */
export function createAnswerOnce(dynamoDb: DynamoDBClient, tableName: string, startTimer: StartTimer): AnswerOnce {
  return async ({ client, idempotency, context, signal }, accept) => {
    const remainingMs = () => context.getRemainingTimeInMillis() - answerReserveMs;
    // Without any time left, the library would write a record that does not expire before its day is over.
    if (remainingMs() <= 0) return { kind: 'unavailable', error: new Error('no time is left to ask DynamoDB') };

    const identity = hash('sha256', JSON.stringify([client ?? null, idempotency.key]));
    // DynamoDB writes 1,000 times a second to one partition key, so each record has its own.
    const persistenceStore = new OwnRecord(dynamoDb, tableName, `#idempotency#${identity}`);
    const config = new IdempotencyConfig({
      ...{ eventKeyJmesPath: 'identity', payloadValidationJmesPath: 'content', throwOnNoIdempotencyKey: true },
      ...{ expiresAfterSeconds, hashFunction: 'sha256' },
      // The record of an instance that died counts until the function would have timed out.
      lambdaContext: context,
    });

    const hasAnswered = () => signal.aborted;
    let first: Response | undefined;
    let failure: { readonly error: unknown } | undefined;
    let stopTimer: (() => void) | undefined;
    const late = Promise.withResolvers<IdempotentEnding>();
    const once = makeIdempotent<(request: Identified) => Promise<Response>>(
      async () => {
        // The function has answered, and an instance that was frozen may continue here much later.
        if (hasAnswered()) throw new NotKept();
        try {
          first = await accept();
        } catch (error) {
          failure = { error };
          throw error;
        }
        const answer = first;
        // The function has answered without it, and by now the record may be that of the repeated request.
        if (hasAnswered() && !isKept(answer)) return Promise.withResolvers<never>().promise;
        stopTimer = startTimer(Math.max(0, remainingMs()), () => {
          late.resolve({ kind: 'first', answer, error: new Error('DynamoDB did not answer in time') });
        });
        if (!isKept(answer)) throw new NotKept();
        return answer;
      },
      { persistenceStore, config, keyPrefix: 'accept' },
    );
    const settle = async (): Promise<IdempotentEnding> => {
      try {
        const answer = await once({ identity, content: idempotency.contentHash });
        return first === undefined ? { kind: 'repeated', answer: repeatedAnswer(answer) } : { kind: 'first', answer };
      } catch (error) {
        if (failure !== undefined) throw failure.error;
        if (first === undefined) return endingOf(error);
        return { kind: 'first', answer: first, ...(!(error instanceof NotKept) && { error: causeOf(error) }) };
      } finally {
        stopTimer?.();
      }
    };
    return Promise.race([settle(), late.promise]);
  };
}

/** Whether at least one push was accepted. Any other request may come again, and be accepted then. */
function isKept({ statusCode = 0 }: Response): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function repeatedAnswer(stored: unknown): Response {
  const { headers, ...others } = v.parse(keptAnswer, stored);
  return { ...others, headers: { ...headers, 'idempotent-replayed': 'true' } };
}

/** What an error of the library says of a request that was not the first. */
function endingOf(error: unknown): IdempotentEnding {
  if (error instanceof IdempotencyValidationError) return { kind: 'reused' };
  if (
    error instanceof IdempotencyAlreadyInProgressError ||
    // A record that was deleted or expired while it was looked at.
    error instanceof IdempotencyItemNotFoundError ||
    error instanceof IdempotencyInconsistentStateError
  ) {
    return { kind: 'in-progress' };
  }
  return { kind: 'unavailable', error: causeOf(error) };
}

function causeOf(error: unknown): unknown {
  return error instanceof IdempotencyPersistenceLayerError ? error.cause : error;
}
