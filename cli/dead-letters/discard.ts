import { Mistake } from '../mistake.ts';
import { askYesOrNo } from '../surroundings.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { counted, isComplete, lookThrough, noLetters, type Desk, type Look, type Looked } from './desk.ts';
import { matches, type Filters } from './filters.ts';
import type { Letter } from './letters.ts';
import type { Received } from './reading.ts';
import { noSuchLetter } from './show.ts';

export interface DiscardOptions {
  readonly filters: Filters;
  readonly dryRun: boolean;
  /** Whether the person has said already that they mean it. */
  readonly yes: boolean;
}

/** Letters that are removed together, so that an interruption is heeded between. */
const atOnce = 1000;

/**
 * Deletes letters, after a question to the person.
 * @throws Mistake where nobody can be asked, or there is no letter with an id that was given.
 */
export async function discard(desk: Desk, { filters, dryRun, yes }: DiscardOptions): Promise<ExitCode> {
  const { stdin, stdout, stderr, now, interrupted } = desk.surroundings;
  if (!dryRun && !yes && stdin.isTTY !== true) {
    throw new Mistake('Nobody can be asked whether the letters may be deleted for ever: say so with --yes.');
  }
  const startedAt = now();
  const isMeant = (letter: Letter) => matches(letter, filters, startedAt);
  const bin = new Bin(desk);
  const looking = lookThrough(desk, (look) =>
    yes && !dryRun ? discardAtOnce(look, bin, isMeant) : discardIfAllowed(desk, look, bin, isMeant, dryRun),
  );
  const looked = await looking.catch((error: unknown) => {
    // What was done until then is done all the same.
    stderr.write(`${counted(bin.discarded)} discarded before something went wrong.\n`);
    throw error;
  });
  if (bin.meant === 0 && filters.ids !== undefined && looked.end === 'empty')
    throw noSuchLetter(filters.ids, looked.letters);
  stdout.write(`${bin.sentence(looked, dryRun)}\n`);
  const complaints = bin.complaints();
  for (const line of complaints) stderr.write(`${line}\n`);
  if (complaints.length > 0) return exitCodes.failed;
  if (interrupted.aborted) return exitCodes.interrupted;
  // Of what nobody looked at, some may have been meant.
  const hasMetAll = filters.ids !== undefined && bin.meant >= filters.ids.length;
  return hasMetAll || isComplete(looked) ? exitCodes.well : exitCodes.failed;
}

/** Deletes letters as they come, however many there are. */
function discardAtOnce(look: Look, bin: Bin, isMeant: (letter: Letter) => boolean): Promise<Looked> {
  return look.each(
    (received) => {
      const toDiscard = received.filter(isMeant);
      bin.meant += toDiscard.length;
      return bin.take(toDiscard, look);
    },
    () => `, ${String(bin.discarded)} discarded`,
  );
}

/** Holds the letters that are meant until the person has seen how many they are. */
async function discardIfAllowed(
  { surroundings }: Desk,
  look: Look,
  bin: Bin,
  isMeant: (letter: Letter) => boolean,
  dryRun: boolean,
): Promise<Looked> {
  const held: Received[] = [];
  const looked = await look.each((received) => {
    // Their bodies are of no use any more, and may be many.
    held.push(...received.filter(isMeant).map(({ messageId, receiptHandle }) => ({ messageId, receiptHandle })));
    return Promise.resolve();
  });
  bin.meant = held.length;
  if (looked.end === 'interrupted' || dryRun || held.length === 0) return looked;
  const question = `Delete ${String(held.length)} of ${counted(looked.letters)} for ever?`;
  if (!(await askYesOrNo(question, surroundings))) return looked;
  for (let next = 0; next < held.length && !surroundings.interrupted.aborted && !bin.isBroken; next += atOnce) {
    await bin.take(held.slice(next, next + atOnce), look);
    look.show(bin.discarded, held.length, `${String(bin.discarded)} of ${String(held.length)} letters discarded`);
  }
  return looked;
}

/** Where letters go, and the account of it. */
class Bin {
  /** How many are to be discarded. */
  meant = 0;
  /** How many are. */
  discarded = 0;
  /** Whether a call has failed and not only one of its entries, so that the next one would as well. */
  isBroken = false;
  readonly #explain: Desk['explain'];
  readonly #failures = new Map<string, number>();

  constructor({ explain }: Desk) {
    this.#explain = explain;
  }

  async take(letters: readonly Received[], look: Look): Promise<void> {
    const failed = await look.remove(letters);
    this.discarded += letters.length - failed.length;
    for (const failure of failed) {
      const why = this.#explain(failure);
      this.#failures.set(why, (this.#failures.get(why) ?? 0) + 1);
      if (failure.scope === 'call') this.isBroken = true;
    }
    if (this.isBroken) look.stop();
  }

  /** What was done, in a sentence. */
  sentence(looked: Looked, dryRun: boolean): string {
    const { letters: lookedAt } = looked;
    if (lookedAt === 0) return noLetters(looked);
    if (this.meant === 0) return `No letter matches, of ${String(lookedAt)}.`;
    if (dryRun) return `${String(this.meant)} of ${counted(lookedAt)} would be discarded.`;
    return `${String(this.discarded)} of ${counted(lookedAt)} discarded.`;
  }

  /** What was not done, a line for each cause. */
  complaints(): string[] {
    return [...this.#failures].map(([why, letters]) => `${counted(letters)} not discarded: ${why}`);
  }
}
