import { exitCodes, type ExitCode } from '../cli-context.ts';
import { formatDuration } from '../time.ts';
import { printable } from '../../shared/table.ts';
import { viewOf, type DeadLetterMessage, type DeadLetterView } from './dead-letter-message.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { matches } from './filters.ts';
import type { ListOptions } from './list.ts';
import { noSuchDeadLetter, scanDeadLetters } from './scan.ts';

/** The id is that of the push or of the message. */
type ShowOptions = { readonly id: string } & Pick<ListOptions, 'json' | 'reveal'>;

/** Prints one dead letter in full. @throws UsageError if no dead letter has the id. */
export async function show(queue: DeadLetterQueue, { id, json, reveal }: ShowOptions): Promise<ExitCode> {
  const { stdout, now } = queue.context;
  const startedAt = now();
  const found: DeadLetterMessage[] = [];
  const { end } = await scanDeadLetters(queue, (scan) =>
    scan.each((messages) => {
      found.push(...messages.filter((message) => matches(message, { id: [id] }, startedAt)));
      if (found.length > 0) scan.stop();
      return Promise.resolve();
    }),
  );
  if (end === 'interrupted') return exitCodes.interrupted;
  const [message] = found;
  if (message === undefined) throw noSuchDeadLetter([id]);
  const view = viewOf(message, startedAt, reveal === true);
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
