import type { Finding } from '../core/decision.ts';
import { describePush } from '../core/describe-push.ts';
import type { LogFields } from '../log.ts';
import type { Decided } from './perform.ts';

/**
 * What a log tells of a record whose attempt failed; `undefined` where nothing failed, or nothing was tried and the
 * record only waits on: those are counted in the line of the batch.
 */
export function describeFailure({ read, finding, decision, receiveCount, ms }: Decided): LogFields | undefined {
  if (finding.kind === 'delivered') return undefined;
  if (finding.kind === 'untried' && decision.kind === 'retry') return undefined;
  const { pushId, reading } = read;
  const push = reading.ok ? describePush(reading.queued.push) : {};
  return { id: pushId, ...push, finding: withoutForeignWords(finding), ms, receiveCount, decision };
}

/** The gateway's words may repeat what was sent, in whatever encoding; they are kept with the dead letter, not here. */
function withoutForeignWords(finding: Finding): LogFields {
  if (!('status' in finding)) return finding;
  const { kind, status } = finding;
  return { kind, status };
}
