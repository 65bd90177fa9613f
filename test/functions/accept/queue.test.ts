import { describe, expect, it } from 'vitest';
import { sendPush, warmUp } from '../../../functions/accept/queue.ts';
import { clientFor, environmentWith, startSqs } from '../../support/aws-client.ts';
import { pushWith } from '../../support/pushes.ts';
import { messageIdOf } from '../../support/strict-sqs.ts';

const queued = { push: pushWith({ AppId: 'com.example.loud' }), acceptedAt: new Date(0) };

describe('a push that is put on its queue', () => {
  it('is in the group of its app, so that the burst of one app does not delay the pushes of another', async () => {
    const sqs = await startSqs();
    await sendPush(clientFor(sqs.url), sqs.url, queued);
    expect(sqs.calls[0]?.input).toMatchObject({ QueueUrl: sqs.url, MessageGroupId: 'com.example.loud' });
  });

  it('is known by the id that SQS gives it', async () => {
    const sqs = await startSqs();
    const id = await sendPush(clientFor(sqs.url), sqs.url, queued);
    expect(id).toBe(messageIdOf(String(sqs.calls[0]?.input['MessageBody'])));
  });

  it('is not acknowledged if SQS answers without an id', async () => {
    const sqs = await startSqs({ answerOf: () => ({}) });
    await expect(sendPush(clientFor(sqs.url), sqs.url, queued)).rejects.toThrow('without a message id');
  });
});

describe('the warm-up of an instance', () => {
  it('makes one call, and the first push uses its connection', async () => {
    const sqs = await startSqs({ answerOf: ({ input }) => ('MessageBody' in input ? 'accept' : {}) });
    const client = clientFor(sqs.url);
    await warmUp(client, sqs.url);
    expect(sqs.calls.map(({ input }) => input)).toEqual([{ QueueUrl: sqs.url, AttributeNames: ['QueueArn'] }]);
    await sendPush(client, sqs.url, queued);
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
