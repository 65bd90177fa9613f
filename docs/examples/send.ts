/**
 * Sends pushes as a batch, and sends those again that the relay could not take. Its types are those of openapi.yaml:
 *
 *     npx openapi-typescript docs/openapi.yaml --output pnm2-relay.d.ts
 *     RELAY_URL=https://HOST API_KEY=KEY node send.ts
 */
import { setTimeout as sleep } from 'node:timers/promises';
import createClient from 'openapi-fetch';
import type { components, paths } from './pnm2-relay.d.ts';

type Push = components['schemas']['Batch'][number];

const { RELAY_URL: baseUrl = 'http://127.0.0.1:4000', API_KEY = '' } = process.env;
const relay = createClient<paths>({ baseUrl, headers: { 'X-Api-Key': API_KEY } });

/** Sends a batch, and returns those of its pushes that must be sent again. */
async function sendOnce(pushes: Push[]): Promise<Push[]> {
  const { data, error, response } = await relay.POST('/pnm2/send', {
    params: { header: { TTL: 3600 } },
    body: pushes,
    signal: AbortSignal.timeout(30_000),
  });
  const answer = data ?? error;
  // An answer with results says what became of each push. Any other one is about all of them.
  const results = 'results' in answer ? answer.results : undefined;
  return pushes.filter((_, index) => {
    const result = results?.[index] ?? { code: response.status, ...answer };
    if (result.code === 429 || result.code >= 500) return true;
    if ('id' in result) console.log('accepted', result.id);
    else if ('ids' in result) console.log('accepted', ...result.ids);
    else console.log('refused', JSON.stringify(result));
    return false;
  });
}

/** Sends pushes until the relay has accepted or refused each of them, for a minute or so. */
async function send(pushes: Push[]): Promise<void> {
  let waiting = pushes;
  for (const seconds of [0, 1, 2, 4, 8, 16, 32]) {
    await sleep(seconds * 1000);
    waiting = await sendOnce(waiting).catch((error: unknown) => {
      // Without an answer, the pushes may be stored or not. A push that arrives twice is better than none.
      console.log('no answer:', String(error));
      return waiting;
    });
    if (waiting.length === 0) return;
    console.log('not accepted yet:', waiting.length);
  }
  process.exitCode = 1;
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
