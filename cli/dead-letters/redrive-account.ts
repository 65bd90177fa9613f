import { counted, noLetters, type Looked } from './desk.ts';
import type { Letter } from './letters.ts';

/** Whether a letter is to be redriven, by what this command has redriven before. */
export type Turn =
  | 'first'
  /** Another letter of the same push went before: it is back already, or was there twice. */
  | 'again'
  /** This very message went before and was deleted, but SQS has handed it out once more, as it rarely does. */
  | 'ghost';

/** What a redrive has done with the letters that were meant. */
export class RedriveAccount {
  /** The message that had its turn, by its push. */
  readonly #turns = new Map<string, string>();
  readonly #redriven = new Map<string, number>();
  readonly #stayed = new Map<string, number>();
  readonly #notDeleted: string[] = [];
  #whyNotDeleted = '';
  #again = 0;

  /** How many letters their queues have. */
  get redriven(): number {
    return sumOf(this.#redriven);
  }

  /** How many letters were meant. */
  get meant(): number {
    return this.redriven + sumOf(this.#stayed) + this.#again;
  }

  /** Whether something is not as it was asked for. */
  get isFaulty(): boolean {
    return this.#stayed.size > 0 || this.#notDeleted.length > 0;
  }

  /**
   * Gives a letter its turn. A push has one for each command: one that is refused at once may be back
   * before the command ends, and must not go round for ever.
   */
  turnOf({ pushId, messageId }: Letter): Turn {
    const before = this.#turns.get(pushId);
    if (before === messageId) return 'ghost';
    if (before !== undefined) {
      this.#again += 1;
      return 'again';
    }
    this.#turns.set(pushId, messageId);
    return 'first';
  }

  /** The queue has these. */
  redrove(queue: string, letters: number): void {
    if (letters > 0) this.#redriven.set(queue, (this.#redriven.get(queue) ?? 0) + letters);
  }

  /** These are where they were. */
  stayed(letters: number, why: string): void {
    this.#stayed.set(why, (this.#stayed.get(why) ?? 0) + letters);
  }

  /** The queue has this one, and it is where it was as well. */
  notDeleted({ messageId }: Letter, why: string): void {
    this.#notDeleted.push(messageId);
    this.#whyNotDeleted = why;
  }

  /** What was done, in a sentence. */
  sentence(looked: Pick<Looked, 'letters' | 'heldElsewhere'>, dryRun: boolean): string {
    const { letters: lookedAt } = looked;
    if (lookedAt === 0) return noLetters(looked);
    if (this.meant === 0) return `No letter matches, of ${String(lookedAt)}.`;
    const queues = [...this.#redriven].map(([queue, letters]) => `${String(letters)} to ${queue}`).join(', ');
    const what = dryRun ? 'would be redriven' : 'redriven';
    return `${String(this.redriven)} of ${counted(lookedAt)} ${what}${queues === '' ? '' : `: ${queues}`}.`;
  }

  /** What was not done, a line for each cause. */
  complaints(): string[] {
    const lines = [...this.#stayed].map(([why, letters]) => `${counted(letters)} not redriven: ${why}`);
    if (this.#again > 0) {
      const why = 'redriven by this command already, given up again since (or there twice), and left here.';
      lines.push(`${counted(this.#again)} of pushes that were ${why}`);
    }
    if (this.#notDeleted.length > 0) {
      const number = counted(this.#notDeleted.length);
      const ids = this.#notDeleted.join(' ');
      lines.push(`${number} redriven but not deleted, to be discarded: ${ids} (${this.#whyNotDeleted})`);
    }
    return lines;
  }
}

function sumOf(numbers: ReadonlyMap<string, number>): number {
  return numbers.values().reduce((sum, number) => sum + number, 0);
}
