import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { QueryCommand, type QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import type { AnswerOnce, Response } from '../../../functions/accept/idempotency.ts';
import { keptMs } from './facts.ts';
import { changedClient, type Plant } from '../plant.ts';

const keyNotHeld = 'a push is queued by a call that does not hold its key';
const foreignPush = 'an answer names a push of another request';

/** Faults of `accept` with keys of requests and with accounts. */
export const requestPlants: Readonly<Record<string, Plant>> = {
  'record-after-queue': {
    summary: 'accept writes the record of a key when the pushes are on the queue',
    ...{ scenario: 'idempotent-requests', pushes: 100, fault: keyNotHeld },
    accept: withAnswerOnce((answerOnce) => async (request, accept) => {
      const answer = await accept();
      return answerOnce(request, () => Promise.resolve(answer));
    }),
  },
  'queue-while-in-use': {
    summary: 'accept queues a request whose key is in use',
    ...{ scenario: 'idempotent-requests', pushes: 200, fault: keyNotHeld },
    accept: withAnswerOnce((answerOnce) => async (request, accept) => {
      const ending = await answerOnce(request, accept);
      return ending.kind === 'in-progress' ? { kind: 'first', answer: await accept() } : ending;
    }),
  },
  'queue-without-record': {
    summary: 'accept queues a request although the table did not answer',
    ...{ scenario: 'table-outage', pushes: 100, fault: keyNotHeld },
    accept: withAnswerOnce((answerOnce) => async (request, accept) => {
      const ending = await answerOnce(request, accept);
      return ending.kind === 'unavailable' ? { kind: 'first', answer: await accept() } : ending;
    }),
  },
  'key-of-all-clients': {
    summary: 'accept takes the key of a request without the name of its client',
    ...{ scenario: 'idempotent-requests', pushes: 100, fault: 'a key is said to be used by another request' },
    accept: withAnswerOnce((answerOnce) => (request, accept) => answerOnce({ ...request, client: undefined }, accept)),
  },
  'content-not-compared': {
    summary: 'accept does not compare the content of a request with that of the first one',
    ...{ scenario: 'idempotent-requests', pushes: 300, fault: foreignPush },
    accept: withAnswerOnce(
      (answerOnce) => (request, accept) =>
        answerOnce({ ...request, idempotency: { ...request.idempotency, contentHash: '' } }, accept),
    ),
  },
  'keep-refusals': {
    summary: 'accept keeps the record of a refused request',
    ...{ scenario: 'idempotent-with-crashes', pushes: 200, fault: 'a refusal is given again' },
    accept: withAnswerOnce((answerOnce) => async (request, accept) => {
      const ending = await answerOnce(request, async () => disguised(await accept()));
      return 'answer' in ending ? { ...ending, answer: undisguised(ending.answer) } : ending;
    }),
  },
  'end-foreign-record': {
    summary: 'accept ends the record of a key, whichever request has written it',
    ...{ scenario: 'idempotent-with-crashes', pushes: 700, fault: 'a call ends the record of another one' },
    table: ({ client, documents }) => ({
      documents,
      client: changedClient(client, (command, send) => {
        if (command instanceof DeleteItemCommand) {
          const { TableName, Key } = command.input;
          return send(new DeleteItemCommand({ TableName, Key }));
        }
        if (!(command instanceof UpdateItemCommand)) return send(command);
        const { ConditionExpression = '', UpdateExpression = '', ...input } = command.input;
        // All values of an expression must be used.
        const values = Object.entries(input.ExpressionAttributeValues ?? {});
        const used = values.filter(([name]) => !ConditionExpression.includes(name));
        const ExpressionAttributeValues = Object.fromEntries(used);
        return send(new UpdateItemCommand({ ...input, UpdateExpression, ExpressionAttributeValues }));
      }),
    }),
  },
  'push-to-all-apps': {
    summary: 'accept pushes to the devices of all apps of an account, whatever the API key may push to',
    ...{ scenario: 'accounts', pushes: 100, fault: 'a push is queued for an app that its key may not push to' },
    accept: ({ access, ...dependencies }) => ({
      ...dependencies,
      access: access === 'open' ? access : access.map(({ name, digest }) => ({ name, digest })),
    }),
  },
  'keep-answers-for-an-hour': {
    summary: 'accept keeps answers for an hour',
    ...{ scenario: 'idempotent-a-day-later', pushes: 200, fault: 'a kept answer is replaced' },
    table: withKeptSeconds(3600),
  },
  'keep-answers-for-ten-days': {
    summary: 'accept keeps answers for ten days',
    ...{ scenario: 'idempotent-a-day-later', pushes: 200, fault: 'an answer is given again after its time' },
    table: withKeptSeconds(864_000),
  },
  'first-page-of-devices': {
    summary: 'accept pushes to the devices of the first page of an account only',
    ...{ scenario: 'accounts', pushes: 200, fault: 'a push to an account misses a device' },
    table: withQueries((page) => ({ ...page, LastEvaluatedKey: undefined })),
  },
  'push-to-expired-devices': {
    summary: 'accept pushes to devices that have expired and that the table has not deleted yet',
    ...{ scenario: 'accounts', pushes: 200, fault: 'a push is queued for a device that is not registered' },
    table: withQueries(({ Items = [], ...page }) => ({
      ...page,
      Items: Items.map((item) => ({ ...item, expiresAt: 9_999_999_999 })),
    })),
  },
};

function withAnswerOnce(change: (answerOnce: AnswerOnce) => AnswerOnce): NonNullable<Plant['accept']> {
  return (dependencies) => ({ ...dependencies, answerOnce: change(dependencies.answerOnce) });
}

/** Changes the pages that queries of the registry get. */
function withQueries(change: (page: QueryCommandOutput) => QueryCommandOutput): NonNullable<Plant['table']> {
  return ({ client, documents }) => ({
    client,
    documents: changedClient(documents, async (command, send) => {
      const answer = await send(command);
      return command instanceof QueryCommand ? change(answer as QueryCommandOutput) : answer;
    }),
  });
}

/** Changes for how long answers are kept. */
function withKeptSeconds(seconds: number): NonNullable<Plant['table']> {
  return ({ client, documents }) => ({
    documents,
    client: changedClient(client, (command, send) => {
      if (!(command instanceof UpdateItemCommand)) return send(command);
      const { ExpressionAttributeValues: values, ...input } = command.input;
      const expiresAt = { N: String(Number(values?.[':expiresAt']?.N) - keptMs / 1000 + seconds) };
      return send(
        new UpdateItemCommand({ ...input, ExpressionAttributeValues: { ...values, ':expiresAt': expiresAt } }),
      );
    }),
  });
}

const disguise = 'x-refused';

/** A refusal that looks as if it was accepted. */
function disguised(answer: Response): Response {
  const { statusCode = 0, headers } = answer;
  if (statusCode < 300) return answer;
  return { ...answer, statusCode: 299, headers: { ...headers, [disguise]: String(statusCode) } };
}

function undisguised(answer: Response): Response {
  const { [disguise]: status, ...headers } = answer.headers ?? {};
  return status === undefined ? answer : { ...answer, statusCode: Number(status), headers };
}
