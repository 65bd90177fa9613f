import type { OutgoingMessage } from '../../shared/aws/message.ts';
import { messageGroupOf } from '../../shared/push/queued-push.ts';
import { sendMessages } from '../../shared/aws/sqs/batches.ts';
import { printable } from '../table.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { counted, isComplete, lookThrough, type Desk, type Look } from './desk.ts';
import { matches, type Filters } from './filters.ts';
import type { Letter } from './letters.ts';
import { RedriveAccount } from './redrive-account.ts';
import { noSuchLetter } from './show.ts';

export interface RedriveOptions {
  readonly filters: Filters;
  readonly dryRun: boolean;
}

/**
 * Puts letters back on their queues. None is lost: a letter is deleted only after its queue has said that it has it.
 * @throws Mistake where there is none with an id that was given.
 */
export async function redrive(desk: Desk, { filters, dryRun }: RedriveOptions): Promise<ExitCode> {
  const { stdout, stderr, now } = desk.surroundings;
  const startedAt = now();
  const account = new RedriveAccount();
  const complain = () => {
    for (const line of account.complaints()) stderr.write(`${printable(line)}\n`);
  };
  const looking = lookThrough(desk, (look) =>
    look.each(
      async (received) => {
        const meant = received.filter((letter) => matches(letter, filters, startedAt));
        for (const [queue, ofQueue] of Map.groupBy(meant, (letter) => letter.queue)) {
          await redriveTo(queue, ofQueue, { desk, look, account, dryRun });
        }
      },
      () => (dryRun ? '' : `, ${String(account.redriven)} redriven`),
    ),
  );
  const looked = await looking.catch((error: unknown) => {
    // What was done until then is done all the same.
    stderr.write(`${counted(account.redriven)} redriven before something went wrong.\n`);
    complain();
    throw error;
  });
  const { end } = looked;
  if (account.meant === 0 && filters.ids !== undefined && end === 'empty')
    throw noSuchLetter(filters.ids, looked.letters);
  stdout.write(`${printable(account.sentence(looked, dryRun))}\n`);
  complain();
  if (account.isFaulty) return exitCodes.failed;
  if (end === 'interrupted') return exitCodes.interrupted;
  // Of what nobody looked at, some may have been meant.
  const hasMetAll = filters.ids !== undefined && account.meant >= filters.ids.length;
  return hasMetAll || isComplete(looked) ? exitCodes.well : exitCodes.failed;
}

interface Redriving {
  readonly desk: Desk;
  readonly look: Look;
  readonly account: RedriveAccount;
  readonly dryRun: boolean;
}

async function redriveTo(queue: string, letters: readonly Letter[], redriving: Redriving): Promise<void> {
  const { desk, look, account, dryRun } = redriving;
  const queueUrl = desk.queueUrl(queue);
  if (queueUrl === undefined) {
    account.stayed(
      letters.length,
      `the queue of the queue ${queue} is not known, give it with --queue-url ${queue}=URL`,
    );
    return;
  }
  const byTurn = Map.groupBy(letters, (letter) => account.turnOf(letter));
  const first = byTurn.get('first') ?? [];
  if (dryRun) {
    account.redrove(queue, first.length);
    return;
  }
  const sent = await sendMessages(desk.sqs, queueUrl, first, redrivenMessage);
  account.redrove(queue, sent.done.length);
  for (const failure of sent.failed) {
    account.stayed(1, `the queue ${queue} did not take them. ${desk.explain(failure)}`);
  }
  const notDeleted = await look.remove([...sent.done, ...(byTurn.get('ghost') ?? [])]);
  for (const failure of notDeleted) account.notDeleted(failure.item, desk.explain(failure));
  // Where a call has failed and not only one of its entries, the next one would fail as well.
  if ([...sent.failed, ...notDeleted].some(({ scope }) => scope === 'call')) look.stop();
}

/** The body as it was, the id by which the push has been known since it was accepted, and its tenant. */
function redrivenMessage({ body, pushId, content }: Letter): OutgoingMessage {
  const message = { body, attributes: { pushId: { DataType: 'String', StringValue: pushId } } };
  return content.ok ? { ...message, groupId: messageGroupOf(content.queued.push.appId) } : message;
}
