import { describe, expect, it } from 'vitest';
import { createSnsClient } from '../../../../shared/aws/sns/client.ts';
import { publishEvents } from '../../../../shared/aws/sns/publish.ts';
import { environmentWith } from '../../../support/aws-client.ts';
import { publishAnswer, useScriptedSns } from '../../../support/scripted-sns.ts';

const topicArn = 'arn:aws:sns:eu-central-1:123456789012:outcomes';
const eventOf = (text: string) => ({ Message: text });
const never = new AbortController().signal;

describe('events', () => {
  it('are published on the topic in calls of ten', async () => {
    const { client, calls } = await useScriptedSns((response, { ids }) => response.end(publishAnswer(ids)));
    const items = Array.from({ length: 23 }, (_, index) => `event ${String(index)}`);
    expect((await publishEvents(client, topicArn, items, eventOf, never)).done.toSorted()).toEqual(items.toSorted());
    expect(calls.map(({ ids }) => ids.length).toSorted()).toEqual([10, 10, 3]);
    expect(calls.map(({ parameters }) => [parameters.get('Action'), parameters.get('TopicArn')])).toEqual(
      Array(3).fill(['PublishBatch', topicArn]),
    );
  });

  it('are published in calls that have less than 256 KB', async () => {
    const { client, calls } = await useScriptedSns((response, { ids }) => response.end(publishAnswer(ids)));
    const items = Array.from({ length: 10 }, (_, index) => String(index).repeat(60_000));
    expect((await publishEvents(client, topicArn, items, eventOf, never)).done).toHaveLength(10);
    expect(calls.map(({ ids }) => ids.length).toSorted()).toEqual([2, 4, 4]);
  });

  it('have failed one by one if the topic refuses them or does not mention them', async () => {
    const { client } = await useScriptedSns((response) => response.end(publishAnswer(['0'], ['1'])));
    const { done, failed } = await publishEvents(client, topicArn, ['a', 'b', 'c'], eventOf, never);
    expect(done).toEqual(['a']);
    expect(failed.map(({ item, scope, error: { name, message } }) => [item, scope, name, message])).toEqual([
      ['b', 'entry', 'InternalError', 'trouble'],
      ['c', 'entry', 'Unconfirmed', 'the answer does not mention this entry'],
    ]);
  });

  it('have failed when the signal aborts, although SNS hangs', async () => {
    const aborting = new AbortController();
    const { client, calls } = await useScriptedSns(() => {
      aborting.abort();
    });
    const { failed } = await publishEvents(client, topicArn, ['a'], eventOf, aborting.signal);
    expect(failed).toMatchObject([{ item: 'a', scope: 'call', error: { name: 'AbortError' } }]);
    expect(calls).toHaveLength(1);
  });
});

describe('the address of SNS', () => {
  it('comes from AWS_ENDPOINT_URL_SNS, or is that of the region', async () => {
    const set = createSnsClient({ ...environmentWith('first'), AWS_ENDPOINT_URL_SNS: 'http://127.0.0.1:1' });
    expect(await set.config.endpoint?.()).toMatchObject({ hostname: '127.0.0.1', port: 1 });
    expect(createSnsClient(environmentWith('first')).config.endpoint).toBeUndefined();
  });
});
