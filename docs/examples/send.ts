/**
 * Sends pushes as a batch, and sends those again that the relay could not take. Its types are those of openapi.yaml:
 *
 *     npx openapi-typescript docs/openapi.yaml --output pnm2-relay.d.ts
 *     RELAY_URL=https://HOST API_KEY=KEY node send.ts
 */
import { setTimeout as sleep } from 'node:timers/promises';
import createClient from 'openapi-fetch';
import type { components, paths } from './pnm2-relay.d.ts';

type Push = components['schemas']['JsonPush'];

const { RELAY_URL: baseUrl = 'http://127.0.0.1:4000', API_KEY = '' } = process.env;
const relay = createClient<paths>({ baseUrl, headers: { 'X-Api-Key': API_KEY } });

async function send(pushes: Push[], attempts = 5): Promise<void> {
  const { data, error, response } = await relay.POST('/pnm2/send', {
    params: { header: { TTL: 3600 } },
    body: pushes,
  });
  const answer = data ?? error;
  // An answer with results says what became of each push. Any other one is about all of them.
  const results = 'results' in answer ? answer.results : undefined;
  const unavailable: Push[] = [];
  for (const [index, push] of pushes.entries()) {
    const result = results?.[index] ?? { code: response.status, ...answer };
    if (result.code === 429 || result.code === 503) unavailable.push(push);
    else if ('id' in result) console.log('accepted', result.id);
    else console.log('refused', JSON.stringify(result));
  }
  if (unavailable.length === 0) return;
  if (attempts === 1) throw new Error(`${String(unavailable.length)} pushes were not accepted.`);
  const seconds = Number(response.headers.get('Retry-After') ?? 5);
  console.log(`sending ${String(unavailable.length)} pushes again in ${String(seconds)} s`);
  await sleep(seconds * 1000);
  await send(unavailable, attempts - 1);
}

const AppId = 'com.example.softphone';
await send([
  {
    verb: 'NotifyTextMessage',
    AppId,
    DeviceToken: 'first',
    Selector: 'C203056764290202B7DA6F61B98671616469AEDB:1DA7349B',
    Badge: 3,
  },
  { verb: 'NotifyGenericTextMessage', AppId, DeviceToken: 'second', Message: 'Hello World' },
  { verb: 'NotifyGenericTextMessage', AppId, DeviceToken: 'third' },
]);
