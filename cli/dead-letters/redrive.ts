import { sendMessages, type OutgoingMessage } from '../../shared/aws/sqs/batches.ts';
import { messageGroupOf } from '../../shared/push/queued-push.ts';
import { UsageError, type ExitCode } from '../cli-context.ts';
import { ActionReport, actOnSelection, type SelectionOptions } from './act-on-selection.ts';
import type { DeadLetterMessage } from './dead-letter-message.ts';
import type { DeadLetterQueue, QueueOptions } from './dead-letter-queue.ts';
import type { Scan } from './scan.ts';

/**
 * Sends dead letters back to their queues. None is lost: each is deleted only after SQS has confirmed that its queue
 * has it.
 * @throws UsageError if no queue is known.
 */
export async function redrive(queue: DeadLetterQueue, options: SelectionOptions & QueueOptions): Promise<ExitCode> {
  const { sqs, urlOf, explain } = queue;
  if (options.undeliverableUrl !== undefined && options.queueUrl === undefined) {
    throw new UsageError('With --undeliverable-url, pass the URL of the queue as well: --queue-url pushes=URL.');
  }
  const report = new ActionReport('redriven');
  /** The message that was redriven, by push. */
  const redriven = new Map<string, string>();

  /**
   * Whether a dead letter can be redriven. A push is redriven once by a command: if it is given up at once it may be
   * back before the command ends, and would go round forever.
   */
  const stateOf = ({ pushId, messageId }: DeadLetterMessage): 'first' | 'returned' | 'deleted' => {
    const before = redriven.get(pushId);
    // SQS occasionally delivers a message again that was deleted:
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues-at-least-once-delivery.html
    if (before === messageId) return 'deleted';
    if (before !== undefined) return 'returned';
    redriven.set(pushId, messageId);
    return 'first';
  };

  const redriveTo = async (name: string, messages: readonly DeadLetterMessage[], scan: Scan): Promise<void> => {
    const { first = [], returned = [], deleted = [] } = Object.fromEntries(Map.groupBy(messages, stateOf));
    report.matched += first.length;
    report.returned += returned.length;
    report.addProblem(
      returned.length,
      'not redriven again: this command has already redriven the same push, which was given up again or has two dead letters.',
    );
    const queueUrl = urlOf(name);
    if (queueUrl === undefined) {
      const why = `the URL of the queue ${name} is unknown, pass it with --queue-url ${name}=URL`;
      report.addFailed(first.length, why);
      return;
    }
    if (options.dryRun) {
      report.addDone(first.length, name);
      return;
    }
    const sent = await sendMessages(sqs, queueUrl, first, redrivenMessage);
    report.addDone(sent.done.length, name);
    for (const failure of sent.failed) {
      report.addFailed(1, `refused by the queue ${name}. ${explain(failure)}`);
    }
    const notDeleted = await scan.remove([...sent.done, ...deleted]);
    for (const failure of notDeleted) {
      const { messageId } = failure.item;
      report.addProblem(
        1,
        `redriven, but still on the queue undeliverable (${explain(failure)}). Discard with --id`,
        messageId,
      );
      report.hasFailures = true;
    }
    // If a whole call has failed, and not only one of its entries, the next call would fail as well.
    if ([...sent.failed, ...notDeleted].some(({ scope }) => scope === 'call')) scan.stop();
  };

  return actOnSelection(queue, options, report, (scan) =>
    scan.each(async (messages) => {
      for (const [name, ofQueue] of Map.groupBy(messages, (message) => message.queue)) {
        await redriveTo(name, ofQueue, scan);
      }
    }),
  );
}

/** The unchanged body with the id of its push, in the message group of its AppId. */
function redrivenMessage({ body, pushId, content }: DeadLetterMessage): OutgoingMessage {
  return {
    MessageBody: body,
    MessageAttributes: { pushId: { DataType: 'String', StringValue: pushId } },
    ...(content.ok && { MessageGroupId: messageGroupOf(content.queued.push.appId) }),
  };
}
