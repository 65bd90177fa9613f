import { createHash } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createSqsClient } from '../../../../shared/aws/sqs/client.ts';
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

async function start(options: Omit<StrictSqsOptions, 'keys'> = {}): Promise<StrictSqs> {
  const sqs = await startStrictSqs({ keys, ...options });
  stops.push(sqs.stop);
  return sqs;
}

function senderTo({ url }: StrictSqs, environment = environmentOf('first')) {
  const client = createSqsClient(Object.assign(environment, { AWS_ENDPOINT_URL_SQS: new URL(url).origin }));
  stops.push(() => {
    client.destroy();
  });
  return (MessageBody: string, abortSignal = new AbortController().signal) =>
    client.send(new SendMessageCommand({ QueueUrl: url, MessageBody, MessageGroupId: 'app' }), { abortSignal });
}

function idOf(messageBody: string): string {
  return createHash('sha256').update(messageBody).digest('hex');
}

describe('a signature', () => {
  it('is valid for any text', async () => {
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

  it('is valid without a session token', async () => {
    const send = senderTo(await start(), environmentOf('lasting'));
    expect(await send('text')).toMatchObject({ MessageId: idOf('text') });
  });

  it('is not tried again after SQS refused it', async () => {
    const sqs = await start();
    const send = senderTo(sqs, { ...environmentOf('first'), AWS_SECRET_ACCESS_KEY: 'wrong' });
    await expect(send('text')).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    expect(sqs.refusals).toEqual(['the signature does not match']);
  });

  it('uses credentials that changed between two attempts', async () => {
    const environment = environmentOf('first');
    const sqs = await start({
      behaviourOf: (_call, index) => {
        if (index !== 1) return 'accept';
        Object.assign(environment, environmentOf('second'));
        return 'fail';
      },
    });
    const send = senderTo(sqs, environment);
    await send('a');
    await send('b');
    await send('c');
    expect(sqs.calls.map(({ accessKeyId }) => accessKeyId)).toEqual(['first', 'first', 'second', 'second']);
    expect(sqs.refusals).toEqual([]);
  });

  it('corrects a clock that is twenty minutes slow', async () => {
    const sqs = await start({ now: () => Date.now() + 20 * 60_000 });
    const send = senderTo(sqs);
    expect(await send('a')).toMatchObject({ MessageId: idOf('a') });
    expect(await send('b')).toMatchObject({ MessageId: idOf('b') });
    expect(sqs.refusals).toEqual(['Signature expired']);
  });

  it('needs credentials, and the error names the variables', async () => {
    const send = senderTo(await start(), { AWS_REGION: 'eu-central-1' });
    await expect(send('text')).rejects.toThrow('AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set');
  });
});

describe('a call to SQS', () => {
  it.each(['fail', 'cut'] as const)('ends after three attempts when the attempts %s', async (trouble) => {
    const passing = await start({ behaviourOf: (_call, index) => (index < 2 ? trouble : 'accept') });
    expect(await senderTo(passing)('text')).toMatchObject({ $metadata: { attempts: 3 } });

    const lasting = await start({ behaviourOf: () => trouble });
    await expect(senderTo(lasting)('text')).rejects.toThrow();
    expect(lasting.calls).toHaveLength(3);
  });

  it('ends when its signal is aborted, and closes its connection', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const sqs = await start({
      behaviourOf: () => {
        arrived.resolve(undefined);
        return 'hang';
      },
    });
    const aborting = new AbortController();
    const sent = senderTo(sqs)('text', aborting.signal);
    await arrived.promise;
    aborting.abort();
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(sqs.abandoned, patience).toBe(1);
    expect(sqs.calls).toHaveLength(1);
  });

  it('does not start when its signal is already aborted', async () => {
    const sqs = await start();
    await expect(senderTo(sqs)('text', AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    expect(sqs.calls).toHaveLength(0);
  });

  it('shares nothing with concurrent calls: each has its own message, answer, attempts and signal', async () => {
    const aborting = new AbortController();
    const held = 50;
    let hanging = 0;
    const seen = new Set<string>();
    const sqs = await start({
      behaviourOf: (call) => {
        const body = messageBodyOf(call);
        if (body.startsWith('held')) {
          hanging += 1;
          if (hanging === held / 2) aborting.abort();
          return 'hang';
        }
        const isFirst = !seen.has(body);
        seen.add(body);
        return body.startsWith('again') && isFirst ? 'fail' : 'accept';
      },
    });
    const send = senderTo(sqs);
    const bodies = Array.from({ length: 200 }, (_, index) => `${index % 4 === 0 ? 'again' : 'once'} ${String(index)}`);
    const [answers, abandoned] = await Promise.all([
      Promise.all(bodies.map((body) => send(body))),
      // Half of the 50 connections, so that the other calls do not wait for them.
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

/** Limits of the client itself, as the function sees them: SQS accepts the connection and never answers. */
describe('a call that SQS does not answer', () => {
  it('ends each attempt after three seconds', async () => {
    const sqs = await start({ behaviourOf: (_call, index) => (index === 0 ? 'hang' : 'accept') });
    const startedAt = performance.now();
    expect(await senderTo(sqs)('text')).toMatchObject({ $metadata: { attempts: 2 } });
    expect(performance.now() - startedAt).toBeGreaterThan(2900);
    await expect.poll(sqs.abandoned, patience).toBe(1);
  });
});
