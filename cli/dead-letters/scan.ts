import { formatDuration } from '../../shared/duration.ts';
import { UsageError } from '../cli-context.ts';
import { counted } from '../counted.ts';
import { createProgress, type Progress } from '../progress.ts';
import type { DeadLetterMessage } from './dead-letter-message.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { countMessages, startReader, type Handle, type QueueReader, type ReadEnd } from './queue-reader.ts';

/** A reader of the dead letters that shows its progress. */
export interface Scan extends Pick<QueueReader, 'stop' | 'remove'>, Pick<Progress, 'show'> {
  /** @param words added to the progress. */
  readonly each: (handle: Handle, words?: () => string) => Promise<ScanResult>;
}

export interface ScanResult {
  /** The number of dead letters that were read. */
  readonly scanned: number;
  /** About how many another reader held at the start. The scan may have missed them. */
  readonly heldElsewhere: number;
  readonly end: ReadEnd;
}

/** Whether a scan has read all dead letters. */
export function isComplete({ end, heldElsewhere }: ScanResult): boolean {
  return end === 'empty' && heldElsewhere === 0;
}

/** The result of a scan that has found no dead letters that match. */
export function noneFound({ scanned, heldElsewhere }: ScanResult): string {
  if (scanned > 0) return `None of ${counted(scanned, 'dead letter')} matches.`;
  return heldElsewhere === 0
    ? 'There are no dead letters.'
    : 'No dead letter could be read: another reader holds some.';
}

/** The error for ids that no dead letter has. */
export function noSuchDeadLetter(ids: readonly string[]): UsageError {
  return new UsageError(`No dead letter has the id ${ids.join(' or ')}: "dead-letters list" shows the ids.`);
}

/** Reads the dead letters. When `work` ends or fails, all that are left become visible again. */
export async function scanDeadLetters<T>(queue: DeadLetterQueue, work: (scan: Scan) => Promise<T>): Promise<T> {
  const { sqs, undeliverableUrl: queueUrl, readerSettings, context } = queue;
  const expected = await countMessages(sqs, queueUrl);
  const progress = createProgress(context.stderr, context.now);
  const reader = startReader({ sqs, queueUrl }, readerSettings, context.interrupted);
  let scanned = 0;
  const each: Scan['each'] = async (handle, words = () => '') => {
    const show = () => {
      const total = Math.max(scanned, expected.visible);
      const read =
        total > scanned
          ? `${String(scanned)} of about ${counted(total, 'dead letter')}`
          : counted(scanned, 'dead letter');
      progress.show(scanned, total, `${read} read${words()}`);
    };
    show();
    const end = await reader.each(async (messages) => {
      scanned += messages.length;
      await handle(messages);
      show();
    });
    progress.end();
    if (end === 'interrupted') {
      progress.say('Interrupted: making the dead letters visible again. Press Ctrl-C again to end at once.');
    }
    if (end === 'full') progress.say('SQS returns no more dead letters at a time: there are more than were read.');
    return { scanned, heldElsewhere: expected.hidden, end };
  };
  try {
    return await work({ ...reader, each, show: progress.show });
  } finally {
    progress.end();
    if (!(await reader.release())) {
      const delay = formatDuration(readerSettings.visibilitySeconds * 1000);
      progress.say(`Some dead letters could not be made visible again. They become visible in ${delay}.`);
    }
    if (expected.hidden > 0) {
      progress.say(
        `About ${counted(expected.hidden, 'dead letter')} could not be read: another reader holds them, or did a moment ago.`,
      );
    }
  }
}

/** Reads the dead letters until one has the id, which is that of a push or a message. */
export async function findDeadLetter(
  queue: DeadLetterQueue,
  id: string,
): Promise<ScanResult & { readonly found: DeadLetterMessage | undefined }> {
  let found: DeadLetterMessage | undefined;
  const result = await scanDeadLetters(queue, (scan) =>
    scan.each((messages) => {
      found ??= messages.find(({ pushId, messageId }) => pushId === id || messageId === id);
      if (found !== undefined) scan.stop();
    }),
  );
  return { ...result, found };
}
