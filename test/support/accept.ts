import type { AcceptDependencies } from '../../functions/accept/handler.ts';
import { recordingLog } from './log.ts';
import { strictRules } from './pushes.ts';

/** What `accept` needs, with an open door, with overrides. */
export function acceptDependencies(
  enqueue: AcceptDependencies['enqueue'],
  overrides: Partial<AcceptDependencies> = {},
): AcceptDependencies {
  return {
    enqueue,
    access: { kind: 'open' },
    rules: strictRules,
    maxBodyBytes: 65_536,
    retryAfterSeconds: 5,
    answerReserveMs: 500,
    dimensions: { Stage: 'test' },
    now: Date.now,
    log: recordingLog(),
    ...overrides,
  };
}
