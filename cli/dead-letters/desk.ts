import type { BatchFailure } from '../../shared/aws/message.ts';
import type { Connection } from '../connection.ts';
import { formatDuration } from '../duration.ts';
import { createProgress, type Progress } from '../progress.ts';
import type { Surroundings } from '../surroundings.ts';
import {
  countLetters,
  startReading,
  visibilitySecondsByDefault,
  type Act,
  type Reading,
  type ReadingEnd,
  type ReadingOptions,
} from './reading.ts';

/** What the commands work with. */
export interface Desk extends Connection {
  readonly surroundings: Surroundings;
  /** What went wrong with a letter, in a line. */
  readonly explain: (failure: BatchFailure<unknown>) => string;
  /** For tests: figures of the reading that are otherwise its own. */
  readonly readingOptions?: Pick<ReadingOptions, 'visibilitySeconds' | 'receivers' | 'heldAtMost' | 'waitSeconds'>;
}

/** A reading with its progress shown. */
export interface Look extends Omit<Reading, 'release' | 'each'> {
  /** @param words what is told of the progress besides the letters looked at. */
  readonly each: (act: Act, words?: () => string) => Promise<Looked>;
  readonly show: Progress['show'];
  readonly say: Progress['say'];
}

export interface Looked {
  readonly letters: number;
  /** Letters that somebody held when the look began, or had a moment before, about: they may not have been seen. */
  readonly heldElsewhere: number;
  readonly end: ReadingEnd;
}

/** Whether a look has seen every letter that there is. */
export function isComplete({ end, heldElsewhere }: Looked): boolean {
  return end === 'empty' && heldElsewhere === 0;
}

/** What is said where a look has seen no letter at all. */
export function noLetters({ heldElsewhere }: Pick<Looked, 'heldElsewhere'>): string {
  return heldElsewhere === 0 ? 'There are no letters.' : 'There are no letters but those that somebody else holds.';
}

/** Reads the letters, tells how far it is, and shows again whatever is still held when `work` is done or fails. */
export async function lookThrough<T>(desk: Desk, work: (look: Look) => Promise<T>): Promise<T> {
  const { sqs, undeliverableUrl: queueUrl, surroundings, readingOptions } = desk;
  const { stderr, now, interrupted } = surroundings;
  const expected = await countLetters(sqs, queueUrl);
  const progress = createProgress(stderr, now);
  const reading = startReading({ sqs, queueUrl, interrupted, ...readingOptions });
  let letters = 0;
  const look: Look = {
    ...reading,
    show: progress.show,
    say: progress.say,
    async each(act, words = () => '') {
      const show = () => {
        const total = Math.max(letters, expected.visible);
        const rest = total > letters ? ` of about ${String(total)}` : '';
        progress.show(letters, total, `${String(letters)}${rest} letters looked at${words()}`);
      };
      show();
      const end = await reading.each(async (received) => {
        letters += received.length;
        await act(received);
        show();
      });
      progress.end();
      if (end === 'interrupted')
        progress.say('Interrupted: what is held is shown again first. Ctrl-C once more ends at once.');
      if (end === 'full') progress.say('SQS hands out no more letters at once: there are more than were looked at.');
      return { letters, heldElsewhere: expected.hidden, end };
    },
  };
  try {
    return await work(look);
  } finally {
    progress.end();
    const notReleased = await reading.release();
    if (notReleased.length > 0) {
      const seconds = readingOptions?.visibilitySeconds ?? visibilitySecondsByDefault;
      progress.say(
        `Some letters could not be shown again; they will be by themselves in ${formatDuration(seconds * 1000)}.`,
      );
    }
    if (expected.hidden > 0) {
      progress.say(
        `About ${counted(expected.hidden)} could not be looked at: somebody holds them, or did a moment ago.`,
      );
    }
  }
}

/** `1 letter`, `2 letters`. */
export function counted(letters: number): string {
  return letters === 1 ? '1 letter' : `${String(letters)} letters`;
}
