import type { Rules } from '../rules/rules.ts';
import type { RequestRuleContext } from './context.ts';
import { forbiddenDevice, keptMs } from './facts.ts';
import { keyStates } from './recorder.ts';

/** Why a push may be on the queue twice: what an earlier call of its request came to. */
export interface Excuses {
  /** Its client was told that the push was not accepted. */
  refused: number;
  /** It ended without an answer before its answer was kept: its instance died, or its time was over. */
  unanswered: number;
  /** Its client was told that the push was accepted, but the table did not take the answer. */
  notKept: number;
  /** Its request has no key. */
  withoutKey: number;
  /** The time of its answer is over. */
  dayLater: number;
  /** It is the same call: the answer of SQS was lost, and the SDK sent the message again. */
  sameCall: number;
}

/** What calls put on the queue. */
export function createQueueRules(context: RequestRuleContext): Rules & { readonly excuses: Readonly<Excuses> } {
  const { requestFacts, findings, skewMs, areServicesSound, isTableSound } = context;
  const { pushes, calls, messages, keys } = requestFacts;
  const { violate } = findings;
  const excuses: Excuses = { refused: 0, unanswered: 0, notKept: 0, withoutKey: 0, dayLater: 0, sameCall: 0 };

  /** The last message of a push by its key. What is left of a batch has a key of its own. */
  const messageOf = new Map<number, Map<number, number>>();

  /** Why a push may be queued although it is on the queue as a message; undefined: it may not. */
  const excuseOf = (message: number, call: number, at: number): keyof Excuses | undefined => {
    const earlier = messages.call.get(message);
    if (earlier === call) return areServicesSound ? undefined : 'sameCall';
    if (calls.key.get(earlier) === -1) return 'withoutKey';
    if (at >= calls.startedAt.get(earlier) + keptMs - 2 * skewMs) return 'dayLater';
    // It is told so once the call ends, which may wait for the answer of the table.
    if (calls.isReleased.get(earlier) === 1 || isLate(call)) return 'refused';
    if (calls.isKept.get(earlier) === 1) return undefined;
    const status = calls.status.get(earlier);
    if (status === 0) return 'unanswered';
    if (status > 0 && messages.isNamed.get(message) === 0) return 'refused';
    return status > 0 && !isTableSound ? 'notKept' : undefined;
  };

  /**
   * Whether a call has been answered with a 503, so that its client sends the pushes again. The SDK can repeat a call to
   * SQS when its instance, which was frozen after the answer, goes on with another call.
   */
  const isLate = (call: number) => !areServicesSound && calls.status.get(call) === 503;

  return {
    excuses,
    on: {
      queued({ at, a: message, b: call, c: push }) {
        const key = calls.key.get(call);
        const isHolder = keys.call.get(key) === call && keys.state.get(key) === keyStates.underWay;
        if (key >= 0 && !isHolder && !isLate(call))
          violate('a push is queued by a call that does not hold its key', push);
        const device = pushes.device.get(push);
        if (device === forbiddenDevice) violate('a push is queued for an app that its key may not push to', push);
        if (device >= 0 && !requestFacts.wasThereSince(device, calls.startedAt.get(call))) {
          violate('a push is queued for a device that is not registered', push);
        }
        const ofKeys = messageOf.get(push) ?? new Map<number, number>();
        messageOf.set(push, ofKeys);
        const earlier = ofKeys.get(key);
        ofKeys.set(key, message);
        if (earlier === undefined) return;
        const excuse = excuseOf(earlier, call, at);
        if (excuse === undefined) violate('a key queues a push twice', push);
        else excuses[excuse] += 1;
      },
    },
  };
}
