import type { OutgoingMessage } from '../../shared/aws/message.ts';
import { sendMessages } from '../../shared/aws/sqs/batches.ts';
import { messageGroupOf } from '../../shared/push/queued-push.ts';
import type { ExitCode } from '../cli-context.ts';
import { ActionReport, actOnSelection, type SelectionOptions } from './act-on-selection.ts';
import type { DeadLetterMessage } from './dead-letter-message.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import type { Scan } from './scan.ts';

/**
 * Sends dead letters back to their queues. None is lost: each is deleted only after SQS has confirmed that its queue
 * has it.
 */
export async function redrive(queue: DeadLetterQueue, options: SelectionOptions): Promise<ExitCode> {
  const report = new ActionReport('redriven');
  const redriver = new Redriver(queue, report, options.dryRun === true);
  return actOnSelection(queue, options, report, (scan, select) =>
    scan.each(
      async (messages) => {
        for (const [queueName, ofQueue] of Map.groupBy(select(messages), (message) => message.queue)) {
          await redriver.redriveTo(queueName, ofQueue, scan);
        }
      },
      () => (options.dryRun ? '' : `, ${String(report.done)} redriven`),
    ),
  );
}

class Redriver {
  readonly #queue: DeadLetterQueue;
  readonly #report: ActionReport;
  readonly #dryRun: boolean;
  /** The message that was redriven, by push. */
  readonly #redriven = new Map<string, string>();

  constructor(queue: DeadLetterQueue, report: ActionReport, dryRun: boolean) {
    this.#queue = queue;
    this.#report = report;
    this.#dryRun = dryRun;
  }

  async redriveTo(queueName: string, messages: readonly DeadLetterMessage[], scan: Scan): Promise<void> {
    const { sqs, urlOf, explain } = this.#queue;
    const report = this.#report;
    const byState = Map.groupBy(messages, (message) => this.#stateOf(message));
    const { first = [], returned = [], deleted = [] } = Object.fromEntries(byState);
    report.matched += first.length + returned.length;
    report.returned += returned.length;
    const queueUrl = urlOf(queueName);
    if (queueUrl === undefined) {
      const remedy = `pass it with --queue-url ${queueName}=URL`;
      report.addFailed(first.length, `the URL of the queue ${queueName} is unknown, ${remedy}`);
      return;
    }
    if (this.#dryRun) {
      report.addDone(first.length, queueName);
      return;
    }
    const sent = await sendMessages(sqs, queueUrl, first, redrivenMessage);
    report.addDone(sent.done.length, queueName);
    for (const failure of sent.failed) {
      report.addFailed(1, `the queue ${queueName} did not accept them. ${explain(failure)}`);
    }
    const notDeleted = await scan.remove([...sent.done, ...deleted]);
    for (const failure of notDeleted) report.addNotDeleted(failure.item.messageId, explain(failure));
    // If a whole call has failed, and not only one of its entries, the next call would fail as well.
    if ([...sent.failed, ...notDeleted].some(({ scope }) => scope === 'call')) scan.stop();
  }

  /**
   * Whether a dead letter can be redriven. A push is redriven once by a command: if it is given up at once it may be
   * back before the command ends, and would go round forever.
   */
  #stateOf({ pushId, messageId }: DeadLetterMessage): 'first' | 'returned' | 'deleted' {
    const redriven = this.#redriven.get(pushId);
    // SQS occasionally delivers a message again that was deleted:
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues-at-least-once-delivery.html
    if (redriven === messageId) return 'deleted';
    if (redriven !== undefined) return 'returned';
    this.#redriven.set(pushId, messageId);
    return 'first';
  }
}

/** The unchanged body with the id of its push, in the message group of its AppId. */
function redrivenMessage({ body, pushId, content }: DeadLetterMessage): OutgoingMessage {
  const message = { body, attributes: { pushId: { DataType: 'String', StringValue: pushId } } };
  return content.ok ? { ...message, groupId: messageGroupOf(content.queued.push.appId) } : message;
}
