import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen, type Listening } from '../local/listen.ts';
import { createAccept, type AcceptDependencies } from '../functions/accept/handler.ts';
import { parseApiKeys } from '../shared/api-key.ts';
import { createDeliver, type DeliverDependencies } from '../functions/deliver/handler.ts';
import type { Gateway } from '../functions/deliver/gateway.ts';
import { acceptDependencies } from './support/accept.ts';
import { allDone, someFailed } from './support/batch-result.ts';
import { lambdaContext } from './support/lambda-context.ts';
import { deliverDependencies, gatewayAt } from './support/deliver.ts';
import { httpEvent, type HttpEventOptions } from './support/http-event.ts';
import { recordingLog } from './support/log.ts';
import { startQueues, type TestQueues } from './support/queues.ts';
import { recordOf, sqsEventOf } from './support/sqs-event.ts';

/** All values contain the mark, so that one search finds each of them. */
const mark = 'MARKED';
const secrets = {
  DeviceToken: `${mark}-token`,
  Selector: `${mark}-selector`,
  Message: `${mark} text ü`,
  UserName: `${mark}-user`,
};
const valid = new URLSearchParams({ verb: 'NotifyTextMessage', AppId: 'a', ...secrets }).toString();
const key = { 'x-api-key': `${mark}-key`, authorization: `Bearer ${mark}-other-key` };

function accessByKey(entry: string): AcceptDependencies['access'] {
  const reading = parseApiKeys(entry);
  if (!reading.ok) throw new Error(reading.faults.join());
  return reading.keys;
}
const digestOfKey = createHash('sha256').update(key['x-api-key']).digest('hex');

describe('no token, selector, text or key is in a log line of accept', () => {
  const throwing: AcceptDependencies['enqueue'] = () => {
    throw new Error('the queue is gone');
  };
  const requests: [name: string, options: HttpEventOptions, overrides?: Partial<AcceptDependencies>][] = [
    ['accepted', { body: valid }],
    ['without a valid key', { body: valid }, { access: accessByKey(`one:${'0'.repeat(64)}`) }],
    ['to an app that its key is not allowed', { body: valid }, { access: accessByKey(`one:${digestOfKey}:other`) }],
    ['with a wrong verb', { body: valid.replace('NotifyTextMessage', `${mark}Verb`) }],
    ['with a misspelt name', { body: valid.replace('Selector', 'selector') }],
    ['with a text whose & was not encoded', { body: `${valid}&${mark} and more=1&${mark}=%zz` }],
    ['with white space', { body: valid.replace(`${mark}-token`, `${mark}+token`) }],
    ['with broken encodings', { body: `${valid}%zz` }],
    ['repeated', { body: `${valid}&${valid}` }],
    ['too large', { body: valid.repeat(2000) }],
    ['not a form', { body: JSON.stringify(secrets), headers: { 'content-type': 'application/json' } }],
    ['of another type', { body: valid, headers: { 'content-type': `text/${mark}` } }],
    ['of another method', { body: valid, method: mark }],
    ['not base64', { body: valid, isBase64Encoded: true }],
    ['that the queue refuses', { body: valid }, { enqueue: throwing }],
    [
      'that meets a bug',
      { body: valid },
      {
        rules: {
          selectorRequired: true,
          get extraVerbs(): string[] {
            throw new TypeError(`${valid} is not what it should be`);
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

describe('no token, selector or text is in a log line or an error of deliver', () => {
  let queues: TestQueues;
  let echoing: Listening;
  let gateway: Gateway;
  beforeAll(async () => {
    queues = await startQueues();
    // Answers with the status in the token, and repeats what it was sent: in a part that deliver does not recognise, as it
    // is, and decoded.
    const server = createServer((request, response) => {
      text(request).then(
        (form) => {
          const [, status = '200'] = /status-(\d+)/.exec(form) ?? [];
          const echo = `${mark}-tok ${form} ${[...new URLSearchParams(form).values()].join(' ')}`;
          const isJson = form.includes('json');
          response.writeHead(Number(status)).end(isJson ? JSON.stringify({ code: 400, response: echo }) : echo);
        },
        () => response.destroy(),
      );
    });
    echoing = await listen(server, 0);
    gateway = gatewayAt(echoing.port);
  });
  afterAll(async () => {
    await Promise.all([echoing.stop(), queues.stop()]);
  });

  const throwing = {
    post: (form: string) => {
      throw new TypeError(`${form} is not what it should be`);
    },
  };
  const deliveries: [name: string, token: string, overrides?: Partial<DeliverDependencies>][] = [
    ['that is delivered', ''],
    ['that is rejected', 'status-400'],
    ['that is rejected by a JSON body', 'json'],
    ['that is unregistered', 'status-404'],
    ['that is throttled', 'status-429'],
    ['that fails', 'status-500'],
    ['whose attempt meets a bug', '', { gateway: throwing }],
    ['whose dead letter is not sent', 'status-400', { sendDeadLetters: (some) => someFailed(some, () => true) }],
    ['whose delay is not set', 'status-500', { delay: (_queue, some) => someFailed(some, () => true) }],
  ];
  const handlerWith = (overrides: Partial<DeliverDependencies>) =>
    createDeliver(deliverDependencies(queues, gateway, { delay: (_queue, some) => allDone(some), ...overrides }));
  const eventWith = (token: string) => {
    const record = recordOf({ ...secrets, DeviceToken: `${mark}+/${token}==` });
    const malformed = recordOf({}, { body: `{"version":1,"acceptedAt":"${mark}","parameters":[["${mark}"]]}` });
    const notJson = recordOf({}, { body: `${mark} is not JSON` });
    return sqsEventOf([record, malformed, notJson]);
  };

  it.each(deliveries)('for a push %s', async (_name, token, overrides) => {
    const log = recordingLog();
    await handlerWith({ log, ...overrides })(eventWith(token), lambdaContext());
    expect(log.lines.length).toBeGreaterThan(0);
    expect(log.lines.join('\n')).not.toContain(mark);
  });

  it('for a batch that meets a bug', async () => {
    const log = recordingLog();
    const random = () => {
      throw new TypeError(`${valid}\nis not what it should be`);
    };
    await expect(handlerWith({ log, random })(eventWith(''), lambdaContext())).rejects.toThrow(/^batch failed$/);
    expect(log.lines).toHaveLength(1);
    expect(JSON.parse(log.lines[0] ?? '')).toMatchObject({ error: { name: 'TypeError' } });
    expect(log.lines.join('\n')).not.toContain(mark);
  });
});
