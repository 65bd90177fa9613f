import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { listen } from '../../../../local/listen.ts';
import { createSnsClient } from '../../../../shared/aws/sns/client.ts';
import { publishEvents } from '../../../../shared/aws/sns/publish.ts';
import { environmentWith } from '../../../support/aws-client.ts';
import { publishAnswer, useScriptedSns } from '../../../support/scripted-sns.ts';

const publish = (client: ReturnType<typeof createSnsClient>) =>
  publishEvents(client, 'arn', ['a'], (Message) => ({ Message }), new AbortController().signal);

it('an attempt to publish ends if SNS hangs, or begins an answer and stops, and the next one succeeds', async () => {
  const attempt = async (what: 'hangs' | 'stops') => {
    const { client, calls } = await useScriptedSns((response, { ids }, index) => {
      if (index > 0) response.end(publishAnswer(ids));
      else if (what === 'stops') response.writeHead(200).write('<PublishBatchResponse>');
    });
    expect((await publish(client)).done, what).toEqual(['a']);
    expect(calls, what).toHaveLength(2);
  };
  // At once, because each takes the three seconds of the limit.
  await Promise.all([attempt('hangs'), attempt('stops')]);
}, 30_000);

it('a call to publish ends if SNS never finishes a TLS handshake', async () => {
  let connections = 0;
  const silent = await listen(
    createServer((socket) => {
      connections += 1;
      onTestFinished(() => {
        socket.destroy();
      });
    }),
    0,
  );
  onTestFinished(silent.stop);
  const url = `https://127.0.0.1:${String(silent.port)}`;
  const { failed } = await publish(createSnsClient({ ...environmentWith('first'), AWS_ENDPOINT_URL_SNS: url }));
  expect(failed).toMatchObject([{ error: { name: 'TimeoutError' } }]);
  expect(connections).toBe(3);
}, 30_000);

it('events have failed together after three attempts if SNS throttles', async () => {
  const { client, calls } = await useScriptedSns((response) => response.writeHead(429).end());
  const { done, failed } = await publish(client);
  expect(done).toEqual([]);
  expect(failed).toMatchObject([{ item: 'a', scope: 'call' }]);
  expect(calls).toHaveLength(3);
});
