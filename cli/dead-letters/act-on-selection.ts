import { exitCodes, type ExitCode, type Given } from '../cli-context.ts';
import { counted } from '../counted.ts';
import { printable } from '../../shared/table.ts';
import { matches, type DeadLetterMessage, type Filters } from './dead-letter-message.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { isComplete, noneFound, noSuchDeadLetter, scanDeadLetters, type Scan, type ScanResult } from './scan.ts';

export type SelectionOptions = Filters & Given<{ dryRun: boolean }>;

/**
 * Redrives or discards the dead letters that match, and reports what was done.
 * @param act acts on them; `each` gives it only those that match.
 * @throws UsageError if no dead letter has any of the given ids.
 */
export async function actOnSelection(
  queue: DeadLetterQueue,
  { dryRun, ...filters }: SelectionOptions,
  report: ActionReport,
  act: (scan: Scan) => Promise<ScanResult>,
): Promise<ExitCode> {
  const { stdout, stderr, now, interrupted } = queue.context;
  const startedAt = now();
  const unknownIds = new Set(filters.id);
  const select = (messages: readonly DeadLetterMessage[]) => {
    const selected = messages.filter((message) => matches(message, filters, startedAt));
    for (const id of selected.flatMap(({ pushId, messageId }) => [pushId, messageId])) unknownIds.delete(id);
    return selected;
  };
  const printProblems = () => {
    for (const line of report.problems()) stderr.write(`${printable(line)}\n`);
  };
  const words = () => (dryRun || report.done === 0 ? '' : `, ${String(report.done)} ${report.action}`);
  const result = await scanDeadLetters(queue, (scan) => {
    const each: Scan['each'] = (handle) => scan.each((messages) => handle(select(messages)), words);
    return act({ ...scan, each });
  }).catch((error: unknown) => {
    if (!dryRun) stderr.write(`${counted(report.done, 'dead letter')} ${report.action} before the error.\n`);
    printProblems();
    throw error;
  });
  const hasAllIds = filters.id !== undefined && unknownIds.size === 0;
  const noSuchId = hasAllIds || filters.id === undefined ? undefined : noSuchDeadLetter([...unknownIds]);
  if (noSuchId !== undefined && report.matched === 0 && result.end === 'empty') throw noSuchId;
  stdout.write(`${printable(report.summary(result, dryRun === true))}\n`);
  printProblems();
  if (noSuchId !== undefined && result.end === 'empty') stderr.write(`${noSuchId.message}\n`);
  if (report.hasFailures) return exitCodes.failed;
  if (interrupted.aborted) return exitCodes.interrupted;
  // A dead letter that was not read may match.
  return hasAllIds || (isComplete(result) && noSuchId === undefined) ? exitCodes.ok : exitCodes.failed;
}

/** What redrive or discard has done with the dead letters that match. */
export class ActionReport {
  matched = 0;
  /** The number of dead letters of pushes that this command has redriven already. */
  returned = 0;
  hasFailures = false;
  readonly action: 'redriven' | 'discarded';
  /** By the name of the queue that has them, '' for discarded ones. */
  readonly #done = new Map<string, number>();
  readonly #problems = new Map<string, { count: number; readonly ids: string[] }>();

  constructor(action: 'redriven' | 'discarded') {
    this.action = action;
  }

  get done(): number {
    return this.#done.values().reduce((sum, count) => sum + count, 0);
  }

  addDone(count: number, queueName = ''): void {
    if (count > 0) this.#done.set(queueName, (this.#done.get(queueName) ?? 0) + count);
  }

  addFailed(count: number, why: string): void {
    this.addProblem(count, `not ${this.action}: ${why}`);
    this.hasFailures ||= count > 0;
  }

  /** @param what continues a sentence such as "2 dead letters …". @param ids printed after it. */
  addProblem(count: number, what: string, ...ids: string[]): void {
    if (count === 0) return;
    const problem = this.#problems.get(what) ?? { count: 0, ids: [] };
    problem.count += count;
    problem.ids.push(...ids);
    this.#problems.set(what, problem);
  }

  /** The result in one sentence. */
  summary(result: ScanResult, dryRun: boolean): string {
    if (this.matched === 0) return noneFound(result);
    const queues = [...this.#done]
      .filter(([name]) => name !== '')
      .map(([name, count]) => `${String(count)} to ${name}`);
    const details = queues.length === 0 ? '' : `: ${queues.join(', ')}`;
    const scanned = counted(result.scanned - this.returned, 'dead letter');
    return `${String(this.done)} of ${scanned} ${dryRun ? 'would be ' : ''}${this.action}${details}.`;
  }

  problems(): string[] {
    return Array.from(this.#problems, ([what, { count, ids }]) =>
      [`${counted(count, 'dead letter')} ${what}`, ...ids].join(' '),
    );
  }
}
