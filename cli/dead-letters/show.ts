import { formatDuration } from '../../shared/duration.ts';
import { exitCodes, type ExitCode, type Given } from '../cli-context.ts';
import { printable } from '../../shared/table.ts';
import { viewOf, type DeadLetterView } from './dead-letter-message.ts';
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
  const line = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [`${name.padEnd(12)}${printable(String(value))}`];
  return [
    ...line('id', view.id),
    ...line('message', view.messageId),
    ...line('reason', view.reason),
    ...line('status', view.status),
    ...line('words', view.words),
    ...line('queue', view.queue),
    ...line('attempts', view.attempts),
    ...line('accepted', `${view.acceptedAt}, ${formatDuration(view.ageSeconds * 1000)} ago`),
    ...line('device', view.device),
    ...line('fault', view.fault),
    ...line('body', view.body),
    ...Object.entries(view.parameters ?? {}).flatMap(([name, value], index) =>
      line(index === 0 ? 'parameters' : '', `${name}: ${value}`),
    ),
  ];
}
