import { describe, expect, it } from 'vitest';
import { sendPush, warmUp } from '../../../../shared/aws/sqs/push-queue.ts';
import { clientFor, environmentWith, startSqs } from '../../../support/aws-client.ts';
import { patience } from '../../../support/patience.ts';
import { pushWith } from '../../../support/pushes.ts';
import { messageIdOf } from '../../../support/strict-sqs.ts';

const queued = { push: pushWith({ AppId: 'com.example.loud' }), acceptedAt: new Date(0) };
const never = new AbortController().signal;

describe('a push that is put on its queue', () => {
  it('is in the group of its app, so that the burst of one app does not delay the pushes of another', async () => {
    const sqs = await startSqs();
    await sendPush(clientFor(sqs.url), sqs.url, queued, never);
    expect(sqs.calls[0]?.input).toMatchObject({ QueueUrl: sqs.url, MessageGroupId: 'com.example.loud' });
  });

  it('is known by the id that SQS gives it', async () => {
    const sqs = await startSqs();
    const id = await sendPush(clientFor(sqs.url), sqs.url, queued, never);
    expect(id).toBe(messageIdOf(String(sqs.calls[0]?.input['MessageBody'])));
  });

  it('is not acknowledged if SQS answers without an id', async () => {
    const sqs = await startSqs({ answerOf: () => ({}) });
    await expect(sendPush(clientFor(sqs.url), sqs.url, queued, never)).rejects.toThrow('without a message id');
  });

  it('is given up when its time is over, so that the client gets an answer although SQS hangs', async () => {
    const arrived = Promise.withResolvers<undefined>();
    const sqs = await startSqs({
      answerOf() {
        arrived.resolve(undefined);
        return 'hang';
      },
    });
    const aborting = new AbortController();
    const sent = sendPush(clientFor(sqs.url), sqs.url, queued, aborting.signal);
    await arrived.promise;
    aborting.abort();
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(sqs.abandoned, patience).toBe(1);
  });
});

describe('the warm-up of an instance', () => {
  it('makes one call, and the first push uses its connection', async () => {
    const sqs = await startSqs({ answerOf: ({ input }) => ('MessageBody' in input ? 'accept' : {}) });
    const client = clientFor(sqs.url);
    await warmUp(client, sqs.url);
    expect(sqs.calls.map(({ input }) => input)).toEqual([{ QueueUrl: sqs.url, AttributeNames: ['QueueArn'] }]);
    await sendPush(client, sqs.url, queued, never);
    expect(sqs.connections()).toBe(1);
  });

  it('does not keep the instance from starting if SQS refuses the call', async () => {
    const sqs = await startSqs();
    const environment = { ...environmentWith('first'), AWS_SECRET_ACCESS_KEY: 'wrong' };
    await expect(warmUp(clientFor(sqs.url, environment), sqs.url)).resolves.toBeUndefined();
    expect(sqs.refusals).toHaveLength(1);
  });

  it('does not keep the instance from starting if SQS is unreachable', async () => {
    const url = 'http://127.0.0.1:1/123456789012/pushes';
    await expect(warmUp(clientFor(url), url)).resolves.toBeUndefined();
  });
});
