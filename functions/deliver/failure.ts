import type { RecordOutcome } from './policy/decision.ts';
import { describePush } from '../../shared/push/redaction.ts';
import type { LogFields } from '../../shared/log.ts';
import type { Decided } from './apply.ts';

/**
 * What a log tells of a record whose attempt failed; `undefined` where nothing failed, or nothing was tried and the
 * record only waits on: those are counted in the line of the batch.
 */
export function describeFailure({ read, outcome, decision, receiveCount, ms }: Decided): LogFields | undefined {
  if (outcome.kind === 'delivered') return undefined;
  if (outcome.kind === 'untried' && decision.kind === 'retry') return undefined;
  const { pushId, reading } = read;
  const push = reading.ok ? describePush(reading.queued.push) : {};
  return { id: pushId, ...push, outcome: withoutForeignWords(outcome), ms, receiveCount, decision };
}

/** The gateway's words may repeat what was sent, in whatever encoding; they are kept with the dead letter, not here. */
function withoutForeignWords(outcome: RecordOutcome): LogFields {
  if (!('status' in outcome)) return outcome;
  const { kind, status } = outcome;
  return { kind, status };
}
