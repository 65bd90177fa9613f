import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { json } from 'node:stream/consumers';
import { listen } from '../../local/listen.ts';
import { answerQuestions } from '../answering.ts';
import { tlsFolder } from '../lambda-environment.ts';
import type { Item } from '../registry-price.ts';

/** DynamoDB as far as reports need it: keeps the last device of each account. HTTPS for the same reason as SQS. */
const [cert, key] = ['certificate.pem', 'key.pem'].map((file) => readFileSync(`${tlsFolder}${file}`));
const items = new Map<string, Item>();
let last: Item = {};

interface Call {
  readonly Item?: Item;
  readonly ExpressionAttributeValues?: Item;
}

const server = createServer({ cert, key }, (request, response) => {
  const answer = async () => {
    const { Item: item, ExpressionAttributeValues } = (await json(request)) as Call;
    const body = JSON.stringify(item === undefined ? found(ExpressionAttributeValues?.[':account']) : put(item));
    response.writeHead(200, {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  };
  answer().catch(() => response.destroy());
});

const nameOf = (account: Item[string] | undefined) => (account !== undefined && 'S' in account ? account.S : '');

function put(item: Item) {
  last = item;
  items.set(nameOf(item['account']), item);
  return {};
}

function found(account: Item[string] | undefined) {
  const item = items.get(nameOf(account));
  const Items = item === undefined ? [] : [item];
  return { Items, Count: Items.length, ScannedCount: Items.length };
}

const { port } = await listen(server, 0);
answerQuestions((question) => (question === 'port' ? port : last));
