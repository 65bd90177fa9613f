import { exitCodes, type ExitCode } from '../cli-context.ts';
import { printable } from '../table.ts';
import type { DeadLetterMessage } from './dead-letter-message.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { matches, type Filters } from './filters.ts';
import { counted, isComplete, noneFound, scanDeadLetters, type Scan, type ScanResult } from './scan.ts';
import { noSuchDeadLetter } from './show.ts';

/** The options of redrive and discard. */
export interface SelectionOptions extends Filters {
  readonly dryRun?: boolean | undefined;
}

type Select = (messages: readonly DeadLetterMessage[]) => DeadLetterMessage[];

/**
 * Redrives or discards the dead letters that match, and reports what was done.
 * @throws UsageError if no dead letter has one of the given ids.
 */
export async function actOnSelection(
  queue: DeadLetterQueue,
  { dryRun, ...filters }: SelectionOptions,
  report: ActionReport,
  act: (scan: Scan, select: Select) => Promise<ScanResult>,
): Promise<ExitCode> {
  const { stdout, stderr, now, interrupted } = queue.context;
  const startedAt = now();
  const select: Select = (messages) => messages.filter((message) => matches(message, filters, startedAt));
  const printProblems = () => {
    for (const line of report.problems()) stderr.write(`${printable(line)}\n`);
  };
  const result = await scanDeadLetters(queue, (scan) => act(scan, select)).catch((error: unknown) => {
    stderr.write(`${counted(report.done)} ${report.action} before the error.\n`);
    printProblems();
    throw error;
  });
  if (report.matched === 0 && filters.id !== undefined && result.end === 'empty') {
    throw noSuchDeadLetter(filters.id, result.scanned);
  }
  stdout.write(`${printable(report.summary(result, dryRun === true))}\n`);
  printProblems();
  if (report.hasFailures) return exitCodes.failed;
  if (interrupted.aborted) return exitCodes.interrupted;
  // A dead letter that was not read may match.
  const hasFoundAll = filters.id !== undefined && report.matched >= filters.id.length;
  return hasFoundAll || isComplete(result) ? exitCodes.ok : exitCodes.failed;
}

/** What redrive or discard has done with the dead letters that match. */
export class ActionReport {
  /** The number of dead letters that match. */
  matched = 0;
  /** The number of dead letters of pushes that this command had redriven before. */
  returned = 0;
  readonly action: 'redriven' | 'discarded';
  /** By queue; discarded dead letters have none. */
  readonly #done = new Map<string | undefined, number>();
  readonly #failed = new Map<string, number>();
  readonly #notDeleted: string[] = [];
  #whyNotDeleted = '';

  constructor(action: 'redriven' | 'discarded') {
    this.action = action;
  }

  get done(): number {
    return this.#done.values().reduce((sum, count) => sum + count, 0);
  }

  get hasFailures(): boolean {
    return this.#failed.size > 0 || this.#notDeleted.length > 0;
  }

  addDone(count: number, queueName?: string): void {
    if (count > 0) this.#done.set(queueName, (this.#done.get(queueName) ?? 0) + count);
  }

  addFailed(count: number, why: string): void {
    this.#failed.set(why, (this.#failed.get(why) ?? 0) + count);
  }

  /** Adds a dead letter that its queue has but that could not be deleted here. */
  addNotDeleted(messageId: string, why: string): void {
    this.#notDeleted.push(messageId);
    this.#whyNotDeleted = why;
  }

  /** The result in one sentence. */
  summary(result: ScanResult, dryRun: boolean): string {
    if (this.matched === 0) return noneFound(result);
    const queues = [...this.#done].flatMap(([name, count]) =>
      name === undefined ? [] : `${String(count)} to ${name}`,
    );
    const action = `${dryRun ? 'would be ' : ''}${this.action}`;
    const details = queues.length === 0 ? '' : `: ${queues.join(', ')}`;
    return `${String(this.done)} of ${counted(result.scanned)} ${action}${details}.`;
  }

  /** What was not done: one line for each reason. */
  problems(): string[] {
    const lines = [...this.#failed].map(([why, count]) => `${counted(count)} not ${this.action}: ${why}`);
    if (this.returned > 0) {
      lines.push(
        `${counted(this.returned)} left here: this command has redriven their pushes already, and they were given up again or were here twice.`,
      );
    }
    if (this.#notDeleted.length > 0) {
      const ids = this.#notDeleted.join(' ');
      lines.push(
        `${counted(this.#notDeleted.length)} redriven but not deleted, discard them: ${ids} (${this.#whyNotDeleted})`,
      );
    }
    return lines;
  }
}
