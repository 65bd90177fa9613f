import { formatDuration } from '../duration.ts';
import { Mistake } from '../mistake.ts';
import { printable } from '../table.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { counted, lookThrough, type Desk } from './desk.ts';
import { matches } from './filters.ts';
import { viewOf, type Letter, type LetterView } from './letters.ts';

export interface ShowOptions {
  /** Of a push or of a message. */
  readonly id: string;
  readonly json: boolean;
  readonly reveal: boolean;
}

/** Shows everything of one letter. @throws Mistake where there is none with the id. */
export async function show(desk: Desk, { id, json, reveal }: ShowOptions): Promise<ExitCode> {
  const { stdout, now } = desk.surroundings;
  const startedAt = now();
  const found: Letter[] = [];
  const { end, letters } = await lookThrough(desk, (look) =>
    look.each((received) => {
      found.push(...received.filter((letter) => matches(letter, { ids: [id] }, startedAt)));
      if (found.length > 0) look.stop();
      return Promise.resolve();
    }),
  );
  if (end === 'interrupted') return exitCodes.interrupted;
  const [letter] = found;
  if (letter === undefined) throw noSuchLetter([id], letters);
  const view = viewOf(letter, startedAt, reveal);
  stdout.write(json ? `${JSON.stringify(view, null, 2)}\n` : `${linesOf(view).join('\n')}\n`);
  return exitCodes.well;
}

/** The mistake of giving an id that no letter has. */
export function noSuchLetter(ids: readonly string[], lookedAt: number): Mistake {
  return new Mistake(
    `No letter has the id ${ids.join(' or ')}, of ${counted(lookedAt)} looked at: dead-letters list shows which there are.`,
  );
}

function linesOf(view: LetterView): string[] {
  const { id, messageId, reason, status, words, queue, attempts, acceptedAt, ageSeconds } = view;
  const line = (name: string, value: string | number | undefined) =>
    value === undefined ? [] : [`${name.padEnd(12)}${printable(String(value))}`];
  return [
    ...line('id', id),
    ...line('message', messageId),
    ...line('reason', reason),
    ...line('status', status),
    ...line('words', words),
    ...line('queue', queue),
    ...line('attempts', attempts),
    ...line('accepted', `${acceptedAt}, ${formatDuration(ageSeconds * 1000)} ago`),
    ...line('device', view.device),
    ...line('fault', view.fault),
    ...line('body', view.body),
    ...Object.entries(view.parameters ?? {}).flatMap(([name, value], index) =>
      line(index === 0 ? 'parameters' : '', `${name}: ${value}`),
    ),
  ];
}
