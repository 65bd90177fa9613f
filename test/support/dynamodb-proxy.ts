import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen, type Listening } from '../../local/listen.ts';

/** What becomes of a call to DynamoDB on its way. */
export type TableFate =
  | 'pass'
  /** It never arrives. */
  | 'refuse'
  /** It arrives, and no answer comes. */
  | 'hang'
  /** It arrives, and the connection breaks before the answer. */
  | 'lose'
  | 'throttle';

const contentType = { 'content-type': 'application/x-amz-json-1.0' };
const errorOf = (name: string, message: string, members: object = {}) =>
  JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message, ...members });

/**
 * Stands before dynalite, has some calls fail, and does what dynalite lacks: a refused `PutItem` returns the item that is
 * there, if it asks for it with `ReturnValuesOnConditionCheckFailure`.
 * @param fateOf decides on each call, by its action such as `PutItem`.
 */
export function startDynamoDbProxy(url: string, fateOf: (action: string) => TableFate): Promise<Listening> {
  const call = (action: string, body: string) =>
    fetch(url, {
      method: 'POST',
      headers: {
        ...contentType,
        'x-amz-target': `DynamoDB_20120810.${action}`,
        'x-amz-date': '20260102T030405Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=test/20260102/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      },
      body,
    });
  /** The item that a refused `PutItem` found. */
  const itemThere = async (body: string): Promise<object> => {
    const { TableName, Item } = JSON.parse(body) as { TableName: string; Item: Record<string, unknown> };
    const Key = { account: Item['account'], key: Item['key'] };
    return (await (await call('GetItem', JSON.stringify({ TableName, Key }))).json()) as object;
  };
  const server = createServer((request, response) => {
    const forward = async () => {
      const body = await text(request);
      const action = String(request.headers['x-amz-target']).replace('DynamoDB_20120810.', '');
      const fate = fateOf(action);
      if (fate === 'refuse') return response.destroy();
      if (fate === 'throttle') {
        const error = errorOf('ProvisionedThroughputExceededException', 'The rate is too high.');
        return response.writeHead(400, contentType).end(error);
      }
      const answer = await call(action, body);
      let answerBody = await answer.text();
      if (fate === 'hang') return;
      if (fate === 'lose') return response.destroy();
      if (answerBody.includes('ConditionalCheckFailedException') && body.includes('"ALL_OLD"')) {
        answerBody = errorOf(
          'ConditionalCheckFailedException',
          'The conditional request failed',
          await itemThere(body),
        );
      }
      return response.writeHead(answer.status, contentType).end(answerBody);
    };
    forward().catch(() => response.destroy());
  });
  return listen(server, 0);
}
