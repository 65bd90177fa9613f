import { formatDuration } from '../../shared/duration.ts';
import { exitCodes, type ExitCode, type Given } from '../cli-context.ts';
import { printable } from '../../shared/table.ts';
import { sweepName, viewOf, type DeadLetterView } from './dead-letter-message.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { findDeadLetter, noSuchDeadLetter } from './scan.ts';

/** Prints the dead letter with the id of a push or a message. @throws UsageError if there is none. */
export async function show(
  queue: DeadLetterQueue,
  id: string,
  { json, reveal }: Given<{ json: boolean; reveal: boolean }>,
): Promise<ExitCode> {
  const { stdout, now } = queue.context;
  const startedAt = now();
  const { found, end } = await findDeadLetter(queue, id);
  if (end === 'interrupted') return exitCodes.interrupted;
  if (found === undefined) throw noSuchDeadLetter([id]);
  const view = viewOf(found, startedAt, reveal === true);
  stdout.write(json ? `${JSON.stringify(view, null, 2)}\n` : `${linesOf(view).join('\n')}\n`);
  return exitCodes.ok;
}

function linesOf(view: DeadLetterView): string[] {
  const { id, messageId: message, reason, status, words, queue, attempts, client, device, fault, body } = view;
  const { expiresAt: expires, sweep } = view;
  const accepted = `${view.acceptedAt}, ${formatDuration(view.ageSeconds * 1000)} ago`;
  const parameters = Object.entries(view.parameters ?? {}).map(([name, value]) => `${name}: ${value}`);
  return [
    ...Object.entries({
      id,
      message,
      reason,
      status,
      words,
      queue,
      attempts,
      accepted,
      expires,
      client,
      sweep: sweep && sweepName(sweep),
      device,
      fault,
      body,
    }),
    ...parameters.map((parameter, index) => [index === 0 ? 'parameters' : '', parameter] as const),
  ]
    .filter(([, value]) => value !== undefined)
    .map(([title, value]) => `${title.padEnd(12)}${printable(String(value))}`);
}
