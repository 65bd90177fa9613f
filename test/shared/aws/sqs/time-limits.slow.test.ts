import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listen } from '../../../../local/listen.ts';
import { warmUp } from '../../../../functions/accept/queue.ts';
import { clientFor, senderTo, startSqs } from '../../../support/aws-client.ts';
import { patience } from '../../../support/patience.ts';
import { messageIdOf } from '../../../support/strict-sqs.ts';

describe('the time limit of an attempt', () => {
  it('ends an attempt whose answer does not come or does not end, and the next attempt succeeds', async () => {
    const attempt = async (answer: 'hang' | 'stall') => {
      const sqs = await startSqs({ answerOf: (_call, index) => (index === 0 ? answer : 'accept') });
      const sent = await senderTo(sqs)('text');
      expect(sent, answer).toMatchObject({ MessageId: messageIdOf('text'), $metadata: { attempts: 2 } });
      await expect.poll(sqs.abandoned, patience).toBe(1);
    };
    // At once, because each takes the three seconds of the limit.
    await Promise.all([attempt('hang'), attempt('stall')]);
  });

  it('ends a call within ten seconds if SQS accepts connections and never finishes a TLS handshake', async () => {
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
    const send = senderTo({ url: `https://127.0.0.1:${String(silent.port)}/123456789012/pushes` });
    await expect(send('text')).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(connections).toBe(3);
  }, 30_000);
});

describe('the time limit of the warm-up', () => {
  it('lets the instance start although SQS hangs', async () => {
    const sqs = await startSqs({ answerOf: () => 'hang' });
    await warmUp(clientFor(sqs.url), sqs.url);
    await expect.poll(sqs.abandoned, patience).toBe(1);
    // Before the three seconds that an attempt may take are over.
    expect(sqs.calls).toHaveLength(1);
  });
});
