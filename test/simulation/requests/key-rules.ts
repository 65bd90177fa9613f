import type { Rules } from '../rules/rules.ts';
import type { RequestRuleContext } from './context.ts';
import { keptMs } from './facts.ts';
import { keyStates } from './recorder.ts';

/** As serverless.yml has it for `accept`. */
const timeLimitMs = 10_000;
/** How long it can take until the function begins, and until its answer is with the client. */
const toleranceMs = 1000;
/** How long the SDK can repeat a write of a record. */
const retryMs = 5000;

/** Who holds a key, and what is said to the others, as in docs/api.md#repeated-requests. */
export function createKeyRules({ requestFacts, findings, skewMs, isTableSound }: RequestRuleContext): Rules {
  const { calls, keys } = requestFacts;
  const violate = (call: number, what: string) => {
    const [push] = requestFacts.pushesOf(call);
    findings.violate(what, push);
  };
  const { deleted, underWay, answered } = keyStates;

  /** Whether a call takes a key that it must leave to another one. */
  const checkTaking = (call: number, key: number, at: number) => {
    const holder = keys.call.get(key);
    if (holder === call) return;
    const state = keys.state.get(key);
    // The clock of one can be slow, and that of the other fast.
    const isTimeOver = at >= calls.startedAt.get(holder) + timeLimitMs - 2 * skewMs;
    if (state === underWay && !isTimeOver) violate(call, 'a key is taken from a call that may be under way');
    if (state === answered && at < keys.writtenAt.get(key) + keptMs - 2 * skewMs)
      violate(call, 'a kept answer is replaced');
  };

  const checkConflict = (call: number, key: number, at: number, retryAfterSeconds: number) => {
    if (retryAfterSeconds < 1 || retryAfterSeconds > timeLimitMs / 1000) violate(call, 'a 409 has a wrong Retry-After');
    const isHeld = keys.state.get(key) === underWay;
    const wasHeld = isHeld || keys.underWayUntil.get(key) >= calls.startedAt.get(call);
    const holder = keys.call.get(key);
    // With a lost answer, the repeated write of a call can meet its own record.
    if (!wasHeld || (isTableSound && isHeld && holder === call))
      violate(call, 'a 409 although no other call is under way');
    const heldMs = at - calls.startedAt.get(holder);
    if (isHeld && heldMs > timeLimitMs + 2 * skewMs + 2 * toleranceMs + retryMs) {
      violate(call, 'a key counts as under way after the time limit of its call');
    }
  };

  return {
    on: {
      keyWritten({ at, a: call, b: state }) {
        const key = calls.key.get(call);
        if (key === -1) violate(call, 'a request without a key has a record');
        else if (state === underWay) checkTaking(call, key, at);
        else if (keys.call.get(key) !== call) violate(call, 'a call ends the record of another one');
      },
      callEnded({ at, a: call, b: status, c: isRepeated, d: retryAfterSeconds }) {
        const key = calls.key.get(call);
        if (key === -1) {
          if (isRepeated === 1 || status === 409 || status === 422)
            violate(call, 'a request without a key is said to have one');
          return;
        }
        const isAccepted = status >= 200 && status < 300;
        if (isAccepted && calls.isReleased.get(call) === 1)
          violate(call, 'a call is accepted that has released its key');
        if (isRepeated === 1 && at > keys.writtenAt.get(key) + keptMs + 2 * skewMs + toleranceMs + retryMs)
          violate(call, 'an answer is given again after its time');
        if (status === 409) checkConflict(call, key, at, retryAfterSeconds);
        const isOfOther = calls.request.get(keys.call.get(key)) !== calls.request.get(call);
        const isUsed = keys.state.get(key) !== deleted;
        if (status === 422 && !(isOfOther && isUsed)) violate(call, 'a key is said to be used by another request');
      },
    },
  };
}
