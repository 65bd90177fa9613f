import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { listen } from '../../../../local/listen.ts';
import { readAwsEnvironment } from '../../../../shared/aws/sqs/aws-environment.ts';
import { createSqsClient } from '../../../../shared/aws/sqs/client.ts';
import { createPushSender } from '../../../../shared/aws/sqs/push-sender.ts';
import { createRequestHandler } from '../../../../shared/aws/sqs/request-handler.ts';
import { patience } from '../../../support/patience.ts';
import { messageBodyOf, startStrictSqs, type StrictSqs, type StrictSqsOptions } from '../../../support/strict-sqs.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

const keys = {
  first: { secret: 'wJalrXUtnFEMI/K7MDENG/first', token: 'token/of+the=first' },
  second: { secret: 'wJalrXUtnFEMI/K7MDENG/second', token: 'token/of+the=second' },
  lasting: { secret: 'wJalrXUtnFEMI/K7MDENG/lasting' },
} as const satisfies StrictSqsOptions['keys'];

function environmentOf(name: keyof typeof keys): Record<string, string | undefined> {
  const key: { readonly secret: string; readonly token?: string } = keys[name];
  return {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: name,
    AWS_SECRET_ACCESS_KEY: key.secret,
    AWS_SESSION_TOKEN: key.token,
  };
}

async function start(behaviourOf?: StrictSqsOptions['behaviourOf']): Promise<StrictSqs> {
  const sqs = await startStrictSqs({ keys, ...(behaviourOf && { behaviourOf }) });
  stops.push(sqs.stop);
  return sqs;
}

function senderTo({ url }: StrictSqs, environment = environmentOf('first'), now: () => number = Date.now) {
  const client = createSqsClient(readAwsEnvironment(environment, url), now);
  stops.push(() => {
    client.destroy();
  });
  const sender = createPushSender(client);
  return (MessageBody: string, abortSignal = new AbortController().signal) =>
    sender.send(new SendMessageCommand({ QueueUrl: url, MessageBody, MessageGroupId: 'app' }), { abortSignal });
}

function idOf(messageBody: string): string {
  return createHash('sha256').update(messageBody).digest('hex');
}

describe('a signature', () => {
  it('is right for whatever is sent', async () => {
    const sqs = await start();
    const send = senderTo(sqs);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async (text) => {
        const body = text.toWellFormed();
        expect(await send(body)).toMatchObject({ MessageId: idOf(body) });
      }),
      { numRuns: 50 },
    );
    expect(sqs.refusals).toEqual([]);
  });

  it('is right without a session token', async () => {
    const send = senderTo(await start(), environmentOf('lasting'));
    expect(await send('text')).toMatchObject({ MessageId: idOf('text') });
  });

  it('is refused where the secret is wrong, and not tried again', async () => {
    const sqs = await start();
    const send = senderTo(sqs, { ...environmentOf('first'), AWS_SECRET_ACCESS_KEY: 'wrong' });
    await expect(send('text')).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    expect(sqs.refusals).toEqual(['the signature does not match']);
  });

  it('has the credentials of the moment, also of the moment of a second attempt', async () => {
    const environment = environmentOf('first');
    const sqs = await start((_call, index) => {
      if (index !== 1) return 'accept';
      Object.assign(environment, environmentOf('second'));
      return 'fail';
    });
    const send = senderTo(sqs, environment);
    await send('a');
    await send('b');
    await send('c');
    expect(sqs.calls.map(({ accessKeyId }) => accessKeyId)).toEqual(['first', 'first', 'second', 'second']);
    expect(sqs.refusals).toEqual([]);
  });

  it('has the time of the service where the clock is wrong', async () => {
    const sqs = await start();
    const send = senderTo(sqs, environmentOf('first'), () => Date.now() - 20 * 60_000);
    expect(await send('a')).toMatchObject({ MessageId: idOf('a') });
    expect(await send('b')).toMatchObject({ MessageId: idOf('b') });
    expect(sqs.refusals).toEqual(['Signature expired']);
  });

  it('is not made without credentials', async () => {
    const send = senderTo(await start(), { AWS_REGION: 'eu-central-1' });
    await expect(send('text')).rejects.toThrow('no credentials');
  });
});

describe('a call to SQS', () => {
  it.each(['fail', 'cut'] as const)('is made three times at the most where the calls %s', async (trouble) => {
    const passing = await start((_call, index) => (index < 2 ? trouble : 'accept'));
    expect(await senderTo(passing)('text')).toMatchObject({ $metadata: { attempts: 3 } });

    const lasting = await start(() => trouble);
    await expect(senderTo(lasting)('text')).rejects.toThrow();
    expect(lasting.calls).toHaveLength(3);
  });

  it('is given up when its signal comes, and its connection closed', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const sqs = await start(() => {
      arrived.resolve(undefined);
      return 'hang';
    });
    const aborting = new AbortController();
    const sent = senderTo(sqs)('text', aborting.signal);
    await arrived.promise;
    aborting.abort();
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(sqs.abandoned, patience).toBe(1);
    expect(sqs.calls).toHaveLength(1);
  });

  it('is not begun when its signal has come', async () => {
    const sqs = await start();
    await expect(senderTo(sqs)('text', AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    expect(sqs.calls).toHaveLength(0);
  });

  it('shares nothing with others under way: each has its own message, answer, attempts and signal', async () => {
    const aborting = new AbortController();
    const held = 50;
    let hanging = 0;
    const seen = new Set<string>();
    const sqs = await start((call) => {
      const body = messageBodyOf(call);
      if (body.startsWith('held')) {
        hanging += 1;
        if (hanging === held / 2) aborting.abort();
        return 'hang';
      }
      const isFirst = !seen.has(body);
      seen.add(body);
      return body.startsWith('again') && isFirst ? 'fail' : 'accept';
    });
    const send = senderTo(sqs);
    const bodies = Array.from({ length: 200 }, (_, index) => `${index % 4 === 0 ? 'again' : 'once'} ${String(index)}`);
    const [answers, abandoned] = await Promise.all([
      Promise.all(bodies.map((body) => send(body))),
      // Half of the connections, so that the others are not kept waiting by them.
      Promise.allSettled(
        Array.from({ length: held / 2 }, (_, index) => send(`held ${String(index)}`, aborting.signal)),
      ),
    ]);
    for (const [index, body] of bodies.entries()) {
      expect(answers[index]).toMatchObject({
        MessageId: idOf(body),
        $metadata: { attempts: body.startsWith('again') ? 2 : 1 },
      });
    }
    for (const { status } of abandoned) expect(status).toBe('rejected');
    expect(sqs.refusals).toEqual([]);
  });
});

describe('the time limits of a call', () => {
  const request = { hostname: '127.0.0.1', path: '/', method: 'POST', headers: {}, body: '{}' };
  const handlerWith = (limits: { connectionTimeoutMs: number; requestTimeoutMs: number }) => {
    const handler = createRequestHandler(limits);
    stops.push(handler.destroy);
    return handler;
  };
  const silent = async () => {
    // Takes connections and says nothing on them.
    const { port, stop } = await listen(
      createServer((socket) => {
        stops.push(() => socket.destroy());
      }),
      0,
    );
    stops.push(stop);
    return port;
  };

  it('end a connection that is not agreed on in time', async () => {
    const handler = handlerWith({ connectionTimeoutMs: 50, requestTimeoutMs: 60_000 });
    const sent = handler.handle({ ...request, protocol: 'https:', port: await silent() });
    await expect(sent).rejects.toMatchObject({ name: 'TimeoutError', message: 'no connection within 50 ms' });
  });

  it('end a call that is not answered in time', async () => {
    const handler = handlerWith({ connectionTimeoutMs: 60_000, requestTimeoutMs: 50 });
    const sent = handler.handle({ ...request, protocol: 'http:', port: await silent() });
    await expect(sent).rejects.toMatchObject({ name: 'TimeoutError', message: 'no complete answer within 50 ms' });
  });
});

describe('where SQS is', () => {
  const queueUrl = 'https://sqs.eu-central-1.amazonaws.com/123456789012/pushes';

  it('is on the host of the queue, unless the environment says otherwise', () => {
    const environment = { AWS_REGION: 'eu-central-1' };
    const endpointOf = (more: Record<string, string>) =>
      readAwsEnvironment({ ...environment, ...more }, queueUrl).endpoint;
    expect(endpointOf({})).toBe('https://sqs.eu-central-1.amazonaws.com');
    expect(endpointOf({ AWS_ENDPOINT_URL_SQS: '' })).toBe('https://sqs.eu-central-1.amazonaws.com');
    expect(endpointOf({ AWS_ENDPOINT_URL: 'http://127.0.0.1:2' })).toBe('http://127.0.0.1:2');
    expect(endpointOf({ AWS_ENDPOINT_URL: 'http://127.0.0.1:2', AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1/' })).toBe(
      'http://127.0.0.1:1',
    );
  });
});
