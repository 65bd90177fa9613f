import { exitCodes, type ExitCode } from '../cli-context.ts';
import { printable } from '../table.ts';
import type { DeadLetterMessage } from './dead-letter-message.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { matches, type Filters } from './filters.ts';
import {
  counted,
  isComplete,
  noneFound,
  noSuchDeadLetter,
  scanDeadLetters,
  type Scan,
  type ScanResult,
} from './scan.ts';

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
  hasFailures = false;
  readonly action: 'redriven' | 'discarded';
  /** By the queue that has them. Discarded dead letters have none. */
  readonly #done = new Map<string | undefined, number>();
  readonly #problems = new Map<string, { count: number; readonly ids: string[] }>();

  constructor(action: 'redriven' | 'discarded') {
    this.action = action;
  }

  get done(): number {
    return this.#done.values().reduce((sum, count) => sum + count, 0);
  }

  addDone(count: number, queueName?: string): void {
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
    const queues = [...this.#done].flatMap(([name, count]) =>
      name === undefined ? [] : `${String(count)} to ${name}`,
    );
    const details = queues.length === 0 ? '' : `: ${queues.join(', ')}`;
    return `${String(this.done)} of ${counted(result.scanned)} ${dryRun ? 'would be ' : ''}${this.action}${details}.`;
  }

  /** One line for each problem. */
  problems(): string[] {
    return Array.from(this.#problems, ([what, { count, ids }]) => [`${counted(count)} ${what}`, ...ids].join(' '));
  }
}
