import { askYesOrNo, requireTerminal, type ConfirmationOptions, type ExitCode } from '../cli-context.ts';
import { counted } from '../counted.ts';
import { ActionReport, actOnSelection, type SelectionOptions } from './act-on-selection.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import type { HeldMessage } from './queue-reader.ts';
import type { Scan } from './scan.ts';

/** Dead letters that are deleted between two checks for an interruption. */
const chunkSize = 1000;

/** Deletes dead letters, after a question to the user. @throws UsageError if stdin is not a terminal. */
export async function discard(
  queue: DeadLetterQueue,
  options: SelectionOptions & ConfirmationOptions,
): Promise<ExitCode> {
  const { context } = queue;
  const { dryRun, yes } = options;
  requireTerminal(options, context);
  const report = new ActionReport('discarded');
  /** Returns whether to go on: if a whole call has failed, the next call would fail as well. */
  const remove = async (messages: readonly HeldMessage[], scan: Scan): Promise<boolean> => {
    const failed = await scan.remove(messages);
    report.addDone(messages.length - failed.length);
    for (const failure of failed) report.addFailed(1, queue.explain(failure));
    return failed.every(({ scope }) => scope === 'entry');
  };
  return actOnSelection(queue, options, report, async (scan) => {
    const held: HeldMessage[] = [];
    const result = await scan.each(async (messages) => {
      report.matched += messages.length;
      if (dryRun) {
        report.addDone(messages.length);
      } else if (yes) {
        // Without a question they are deleted at once, so that their number has no limit.
        if (!(await remove(messages, scan))) scan.stop();
      } else {
        // The bodies are not needed, and there can be 100,000 dead letters.
        held.push(...messages.map(({ messageId, receiptHandle }) => ({ messageId, receiptHandle })));
      }
    });
    if (held.length === 0 || result.end === 'interrupted') return result;
    const question = `Delete ${String(held.length)} of ${counted(result.scanned, 'dead letter')} for good?`;
    if (!(await askYesOrNo(question, context))) return result;
    for (let next = 0; next < held.length && !context.interrupted.aborted; next += chunkSize) {
      if (!(await remove(held.slice(next, next + chunkSize), scan))) break;
      scan.show(report.done, held.length, `${String(report.done)} of ${counted(held.length, 'dead letter')} discarded`);
    }
    return result;
  });
}
