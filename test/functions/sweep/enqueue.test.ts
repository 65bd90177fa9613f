import { describe, expect, it } from 'vitest';
import type { OutgoingMessage } from '../../../shared/aws/sqs/batches.ts';
import { enqueueAll, type SendMessages } from '../../../functions/sweep/enqueue.ts';

const messages = ['a', 'b', 'c'].map((MessageBody): OutgoingMessage => ({ MessageBody }));

/** A queue that refuses these messages in each of its first calls. */
function refusing(...refusals: string[]) {
  const calls: string[] = [];
  const send: SendMessages = (sent) => {
    const refused = refusals[calls.length] ?? '';
    calls.push(sent.map(({ MessageBody }) => MessageBody).join(''));
    const isRefused = ({ MessageBody = '' }: OutgoingMessage) => refused.includes(MessageBody);
    return Promise.resolve({
      done: sent.filter((message) => !isRefused(message)),
      failed: sent
        .filter(isRefused)
        .map((item) => ({ item, scope: 'entry', error: new Error(`no ${item.MessageBody ?? ''}`) })),
    });
  };
  const waits: number[] = [];
  const wait = (ms: number) => Promise.resolve(waits.push(ms));
  return { enqueue: () => enqueueAll(messages, send, wait), calls, waits };
}

describe('messages that are enqueued', () => {
  it('are sent once if the queue takes them', async () => {
    const { enqueue, calls, waits } = refusing();
    await enqueue();
    expect({ calls, waits }).toEqual({ calls: ['abc'], waits: [] });
  });

  it('are sent again after a growing pause, only those that the queue refused', async () => {
    const { enqueue, calls, waits } = refusing('bc', 'c', 'c');
    await enqueue();
    expect({ calls, waits }).toEqual({ calls: ['abc', 'bc', 'c', 'c'], waits: [200, 1000, 5000] });
  });

  it('are not lost silently if the queue refuses them to the end', async () => {
    const { enqueue, calls } = refusing('bc', 'bc', 'bc', 'bc');
    await expect(enqueue()).rejects.toThrow('no b');
    expect(calls).toEqual(['abc', 'bc', 'bc', 'bc']);
  });
});
