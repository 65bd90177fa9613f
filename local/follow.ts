import type { FauxqsServer, SqsSpyMessage } from 'fauxqs';
import { deviceHash } from '../shared/push/redaction.ts';
import { parseQueuedPush } from '../shared/push/queued-push.ts';

/** What is followed, by the queues' names. */
export interface Followed {
  /** Queues where somebody waits: each push has a line. */
  readonly queues: ReadonlySet<string>;
  /** Queues of thousands, of which only the dead letters have one. */
  readonly bulkQueues: ReadonlySet<string>;
  readonly undeliverable: string;
}

/** Prints a line for each push that is accepted, delivered or undeliverable, from what happens in the queues. */
export function followPushes(
  sqs: FauxqsServer,
  { queues, bulkQueues, undeliverable }: Followed,
  print: (line: string) => void,
): void {
  /** On the dead-letter queue, and about to be deleted from their queues. */
  const givenUp = new Set<string>();
  const onEvent = ({ status, queueName, messageId, body, messageAttributes }: SqsSpyMessage) => {
    const redrivenId = messageAttributes['pushId']?.StringValue;
    const id = redrivenId ?? messageId;
    if (queueName === undeliverable && status === 'published') {
      givenUp.add(id);
      const { reason, status: answered, words } = messageAttributes;
      const why = [reason, answered, words].map((attribute) => attribute?.StringValue ?? '').join(' ');
      print(`undeliverable  ${id}  ${why}  ${describe(body)}`);
    } else if (status === 'dlq') {
      print(`undeliverable  ${id}  exhausted`);
    } else if (bulkQueues.has(queueName)) {
      if (status !== 'published') givenUp.delete(id);
    } else if (!queues.has(queueName)) {
      return;
    } else if (status === 'published') {
      print(`${redrivenId === undefined ? 'accepted ' : 'redriven '}      ${id}  ${describe(body)}`);
    } else if (!givenUp.delete(id)) {
      print(`delivered      ${id}`);
    }
  };
  // The spy has no subscription; a filter that never matches is shown every message all the same.
  const never = sqs.spy.waitForMessage((message) => {
    if (message.service === 'sqs') onEvent(message);
    return false;
  });
  never.catch(() => undefined);
}

function describe(body: string): string {
  const reading = parseQueuedPush(body);
  if (!reading.ok) return `malformed: ${reading.why}`;
  const { verb, appId, deviceToken } = reading.queued.push;
  return `${verb} ${appId} device ${deviceHash(appId, deviceToken)}`;
}
