import type { FauxqsServer, SqsSpyMessage } from 'fauxqs';
import { deviceHash } from '../shared/core/device-hash.ts';
import { parseQueuedPush } from '../shared/core/queued-push.ts';

/** Prints a line for each push that is accepted, delivered or undeliverable, from what happens in the queues. */
export function followPushes(sqs: FauxqsServer, lanes: ReadonlySet<string>, print: (line: string) => void): void {
  const onEvent = ({ status, queueName, messageId, body }: SqsSpyMessage) => {
    if (status === 'published' && lanes.has(queueName)) {
      print(`accepted       ${messageId}  ${describe(body)}`);
    } else if (status === 'dlq') {
      print(`undeliverable  ${messageId}`);
    } else if (status === 'consumed' && lanes.has(queueName)) {
      print(`delivered      ${messageId}`);
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
