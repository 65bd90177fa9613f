import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen, type Listening } from '../local/listen.ts';
import { createAccept, type AcceptDependencies } from '../functions/accept/handler.ts';
import { parseApiKeys } from '../shared/api-key.ts';
import { createDeliver, type DeliverDependencies } from '../functions/deliver/handler.ts';
import { createGateway, type Gateway } from '../functions/deliver/gateway.ts';
import { acceptDependencies } from './support/accept.ts';
import { allDone, someFailed } from './support/batch-result.ts';
import { lambdaContext } from '../local/lambda-context.ts';
import { deliverDependencies } from './support/deliver.ts';
import { httpEvent, type HttpEventOptions } from './support/http-event.ts';
import { recordingLog } from './support/log.ts';
import { startQueues, type TestQueues } from './support/queues.ts';
import { recordOf, sqsEventOf } from './support/sqs-event.ts';

/** Every value here has the mark, so that one search finds any of them, wherever it went. */
const mark = 'MARKED';
const secrets = {
  DeviceToken: `${mark}-token`,
  Selector: `${mark}-selector`,
  Message: `${mark} text ü`,
  UserName: `${mark}-user`,
};
const well = new URLSearchParams({ verb: 'NotifyTextMessage', AppId: 'a', ...secrets }).toString();
const key = { 'x-api-key': `${mark}-key`, authorization: `Bearer ${mark}-other-key` };

function accessByKey(entry: string): AcceptDependencies['access'] {
  const reading = parseApiKeys(entry);
  if (!reading.ok) throw new Error(reading.faults.join());
  return { kind: 'keys', keys: reading.keys };
}
const digestOfKey = createHash('sha256').update(key['x-api-key']).digest('hex');

describe('no token, selector, text or key is in any line of the door', () => {
  const throwing: AcceptDependencies['enqueue'] = () => {
    throw new Error('the queue is gone');
  };
  const requests: [name: string, options: HttpEventOptions, overrides?: Partial<AcceptDependencies>][] = [
    ['accepted', { body: well }],
    ['without a valid key', { body: well }, { access: accessByKey(`one:${'0'.repeat(64)}`) }],
    ['to an app that its key is not allowed', { body: well }, { access: accessByKey(`one:${digestOfKey}:other`) }],
    ['with a wrong verb', { body: well.replace('NotifyTextMessage', `${mark}Verb`) }],
    ['with a misspelt name', { body: well.replace('Selector', 'selector') }],
    ['with a text whose & was not encoded', { body: `${well}&${mark} and more=1&${mark}=%zz` }],
    ['with white space', { body: well.replace(`${mark}-token`, `${mark}+token`) }],
    ['with broken encodings', { body: `${well}%zz` }],
    ['repeated', { body: `${well}&${well}` }],
    ['too large', { body: well.repeat(2000) }],
    ['not a form', { body: JSON.stringify(secrets), headers: { 'content-type': 'application/json' } }],
    ['of another type', { body: well, headers: { 'content-type': `text/${mark}` } }],
    ['of another method', { body: well, method: mark }],
    ['not base64', { body: well, isBase64Encoded: true }],
    ['that the queue does not take', { body: well }, { enqueue: throwing }],
    [
      'that meets a bug',
      { body: well },
      {
        rules: {
          selectorRequired: true,
          get extraVerbs(): string[] {
            throw new TypeError(`${well} is not what it should be`);
          },
        },
      },
    ],
  ];
  it.each(requests)('for a request %s', async (_name, options, overrides) => {
    const log = recordingLog();
    const accept = createAccept(acceptDependencies(() => Promise.resolve('id'), { log, ...overrides }));
    const event = httpEvent({ ...options, headers: { ...key, ...options.headers } });
    await accept(event, lambdaContext());
    expect(log.lines).toHaveLength(1);
    expect(log.lines.join('\n')).not.toContain(mark);
  });
});

describe('no token, selector or text is in any line of the way out', () => {
  let queues: TestQueues;
  let echoing: Listening;
  let gateway: Gateway;
  beforeAll(async () => {
    queues = await startQueues();
    // Answers as the token says, and repeats all that it was sent: as it is, and decoded.
    const server = createServer((request, response) => {
      text(request).then(
        (form) => {
          const parameters = new URLSearchParams(form);
          const [, status = '200'] = /status-(\d+)/.exec(form) ?? [];
          const told = `${form} ${[...parameters.values()].join(' ')}`;
          const isJson = form.includes('json');
          response.writeHead(Number(status)).end(isJson ? JSON.stringify({ code: 400, response: told }) : told);
        },
        () => response.destroy(),
      );
    });
    echoing = await listen(server, 0);
    gateway = createGateway({
      url: new URL(`http://127.0.0.1:${String(echoing.port)}/pnm2`),
      connectTimeoutMs: 5000,
      attemptTimeoutMs: 5000,
      maxConnections: 10,
    });
  });
  afterAll(async () => {
    gateway.close();
    await Promise.all([echoing.stop(), queues.stop()]);
  });

  const deliveries: [name: string, token: string, overrides?: Partial<DeliverDependencies>][] = [
    ['delivered', ''],
    ['rejected', 'status-400'],
    ['rejected in a body', 'json'],
    ['unregistered', 'status-404'],
    ['throttled', 'status-429'],
    ['failing', 'status-500'],
    [
      'that meets a bug',
      '',
      {
        gateway: {
          post: (form) => {
            throw new TypeError(`${form} is not what it should be`);
          },
        },
      },
    ],
    ['whose dead letter is not taken', 'status-400', { sendDeadLetters: (letters) => someFailed(letters, () => true) }],
    [
      'whose delay is not set',
      'status-500',
      {
        delay: (_queue, delays) => someFailed(delays, () => true),
      },
    ],
  ];
  it.each(deliveries)('for a push %s', async (_name, token, overrides) => {
    const log = recordingLog();
    const deliver = createDeliver(
      deliverDependencies(queues, gateway, { log, delay: (_queue, delays) => allDone(delays), ...overrides }),
    );
    const record = recordOf({ ...secrets, DeviceToken: `${mark}+/${token}==` });
    const malformed = recordOf({}, { body: `{"version":1,"acceptedAt":"${mark}","parameters":[["${mark}"]]}` });
    const notJson = recordOf({}, { body: `${mark} is not JSON` });
    await deliver(sqsEventOf([record, malformed, notJson]), lambdaContext());
    expect(log.lines.length).toBeGreaterThan(0);
    expect(log.lines.join('\n')).not.toContain(mark);
  });
});
