import { setTimeout as delay } from 'node:timers/promises';
import type { BatchResult, OutgoingMessage } from '../../shared/aws/message.ts';

/** Puts messages on the queue. Never rejects. */
export type SendMessages = (messages: readonly OutgoingMessage[]) => Promise<BatchResult<OutgoingMessage>>;

/** How often what the queue did not take is sent again, besides the SDK's own retries, and how long is waited before. */
const retryDelaysMs = [200, 1000, 5000] as const;

/** Puts all of the messages on the queue. @throws Error of the queue, where it does not take all of them in the end. */
export async function enqueueAll(messages: readonly OutgoingMessage[], send: SendMessages): Promise<void> {
  let { failed } = await send(messages);
  for (const delayMs of retryDelaysMs) {
    if (failed.length === 0) return;
    await delay(delayMs);
    ({ failed } = await send(failed.map(({ item }) => item)));
  }
  const [first] = failed;
  if (first !== undefined) throw first.error;
}
