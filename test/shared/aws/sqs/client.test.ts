import { describe, expect, it } from 'vitest';
import { createSqsClient } from '../../../../shared/aws/sqs/client.ts';
import { environmentWith, senderTo, startSqs } from '../../../support/aws-client.ts';
import { patience } from '../../../support/patience.ts';
import { messageIdOf } from '../../../support/strict-sqs.ts';

describe('the credentials of a call to SQS', () => {
  it.each(['first', 'lasting'] as const)(
    'are those of the environment, with its session token or without: %s',
    async (name) => {
      const sqs = await startSqs();
      expect(await senderTo(sqs, environmentWith(name))('text')).toMatchObject({ MessageId: messageIdOf('text') });
    },
  );

  it('are the new ones after a rotation, even between two attempts of a call', async () => {
    const environment = environmentWith('first');
    const sqs = await startSqs({
      answerOf(_call, index) {
        if (index !== 1) return 'accept';
        Object.assign(environment, environmentWith('second'));
        return 'fail';
      },
    });
    const send = senderTo(sqs, environment);
    for (const text of ['a', 'b', 'c']) await send(text);
    expect(sqs.calls.map(({ accessKeyId }) => accessKeyId)).toEqual(['first', 'first', 'second', 'second']);
    expect(sqs.refusals).toEqual([]);
  });

  it('are refused without a second attempt if the secret is wrong', async () => {
    const sqs = await startSqs();
    const send = senderTo(sqs, { ...environmentWith('first'), AWS_SECRET_ACCESS_KEY: 'wrong' });
    await expect(send('text')).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    expect(sqs.refusals).toEqual(['the signature does not match']);
  });

  it('must be set, or the call fails and says which variables are missing', async () => {
    const send = senderTo(await startSqs(), { AWS_REGION: 'eu-central-1' });
    await expect(send('text')).rejects.toThrow('AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set');
  });
});

describe('a call to SQS', () => {
  it('succeeds although the clock is twenty minutes wrong', async () => {
    const sqs = await startSqs({ clockAheadMs: 20 * 60_000 });
    const send = senderTo(sqs);
    expect(await send('a')).toMatchObject({ MessageId: messageIdOf('a') });
    expect(await send('b')).toMatchObject({ MessageId: messageIdOf('b') });
    expect(sqs.refusals).toEqual(['Signature expired']);
  });

  it.each(['fail', 'cut'] as const)('is made at most three times if the answer is: %s', async (answer) => {
    const recovering = await startSqs({ answerOf: (_call, index) => (index < 2 ? answer : 'accept') });
    expect(await senderTo(recovering)('text')).toMatchObject({ $metadata: { attempts: 3 } });

    const broken = await startSqs({ answerOf: () => answer });
    await expect(senderTo(broken)('text')).rejects.toThrow();
    expect(broken.calls).toHaveLength(3);
  });

  it('ends when its signal aborts, and closes its connection', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const sqs = await startSqs({
      answerOf() {
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

  it('is not made if its signal has aborted before', async () => {
    const sqs = await startSqs();
    await expect(senderTo(sqs)('text', AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    expect(sqs.calls).toHaveLength(0);
  });

  it('gets its own answer, attempts and signal among forty concurrent calls', async () => {
    const aborting = new AbortController();
    const heldCalls = 10;
    let hanging = 0;
    const seen = new Set<unknown>();
    const sqs = await startSqs({
      answerOf({ input: { MessageBody: body } }) {
        if (String(body).startsWith('held')) {
          hanging += 1;
          if (hanging === heldCalls) aborting.abort();
          return 'hang';
        }
        const isFirst = !seen.has(body);
        seen.add(body);
        return String(body).startsWith('again') && isFirst ? 'fail' : 'accept';
      },
    });
    const send = senderTo(sqs);
    const bodies = Array.from({ length: 30 }, (_, index) => `${index % 4 === 0 ? 'again' : 'once'} ${String(index)}`);
    const [answers, abandoned] = await Promise.all([
      Promise.all(bodies.map((body) => send(body))),
      Promise.allSettled(
        Array.from({ length: heldCalls }, (_, index) => send(`held ${String(index)}`, aborting.signal)),
      ),
    ]);
    for (const [index, body] of bodies.entries()) {
      const attempts = body.startsWith('again') ? 2 : 1;
      expect(answers[index]).toMatchObject({ MessageId: messageIdOf(body), $metadata: { attempts } });
    }
    for (const { status } of abandoned) expect(status).toBe('rejected');
    expect(sqs.refusals).toEqual([]);
  });
});

describe('the address of SQS', () => {
  const [sqsUrl, awsUrl] = ['http://127.0.0.1:1', 'http://127.0.0.1:2'];

  it.each([
    ['AWS_ENDPOINT_URL', { AWS_ENDPOINT_URL: awsUrl }, '2'],
    [
      'AWS_ENDPOINT_URL_SQS rather than AWS_ENDPOINT_URL',
      { AWS_ENDPOINT_URL_SQS: sqsUrl, AWS_ENDPOINT_URL: awsUrl },
      '1',
    ],
    ['AWS_ENDPOINT_URL if AWS_ENDPOINT_URL_SQS is empty', { AWS_ENDPOINT_URL_SQS: '', AWS_ENDPOINT_URL: awsUrl }, '2'],
  ])('comes from %s', async (_variable, variables, port) => {
    const client = createSqsClient({ ...environmentWith('first'), ...variables });
    expect(await client.config.endpoint?.()).toMatchObject({ hostname: '127.0.0.1', port: Number(port) });
  });

  it('is that of the region if no variable sets another', () => {
    const client = createSqsClient({ ...environmentWith('first'), AWS_ENDPOINT_URL: '' });
    expect(client.config.endpoint).toBeUndefined();
  });
});
