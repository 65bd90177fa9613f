import type { BatchResult } from '../../shared/aws/batch-calls.ts';
import type { OutgoingMessage } from '../../shared/aws/sqs/batches.ts';

/** Sends messages to the queue. Never rejects. */
export type SendMessages = (messages: readonly OutgoingMessage[]) => Promise<BatchResult<OutgoingMessage>>;

/** The pauses before messages that the queue did not take are sent again. The SDK has retried them before. */
const retryDelaysMs = [200, 1000, 5000] as const;

/** Sends all messages to the queue. @throws the queue's error if it does not take all of them after the last retry. */
export async function enqueueAll(
  messages: readonly OutgoingMessage[],
  send: SendMessages,
  wait: (ms: number) => Promise<unknown>,
): Promise<void> {
  let { failed } = await send(messages);
  for (const delayMs of retryDelaysMs) {
    if (failed.length === 0) return;
    await wait(delayMs);
    ({ failed } = await send(failed.map(({ item }) => item)));
  }
  const [first] = failed;
  if (first !== undefined) throw first.error;
}
