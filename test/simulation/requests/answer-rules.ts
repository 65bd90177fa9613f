import type { HistoryRecord } from '../history.ts';
import type { Rules } from '../rules/rules.ts';
import type { RequestRuleContext } from './context.ts';

export interface AnswerCounts {
  /** Answers that were given again. */
  repeated: number;
  /** Calls whose key another call had, and calls with the key of another request. */
  inUse: number;
  reused: number;
  /** Accepted pushes to accounts. */
  toAccounts: number;
}

/** What answers say of the pushes of their requests. */
export function createAnswerRules(context: RequestRuleContext): Rules & { readonly counts: Readonly<AnswerCounts> } {
  const { requestFacts, findings, areServicesSound } = context;
  const { pushes, calls, messages, keys } = requestFacts;
  const { violate } = findings;
  const violateFor = (call: number, what: string) => {
    const [push] = requestFacts.pushesOf(call);
    violate(what, push);
  };
  const counts: AnswerCounts = { repeated: 0, inUse: 0, reused: 0, toAccounts: 0 };
  /** The names of the kept answer, by the call that wrote the record. */
  const keptNames = new Map<number, string>();

  /** Whether each push of a place is named that must be: that to a device, or one for each device of the account. */
  const checkPlace = (call: number, place: number, code: number, names: readonly number[]) => {
    const named = new Set(names.map((message) => messages.push.get(message)));
    const [first = -1] = named;
    if (pushes.device.get(first) >= 0) counts.toAccounts += 1;
    if (named.size < names.length) violateFor(call, 'an answer names a push twice');
    const startedAt = calls.startedAt.get(call);
    const request = calls.request.get(call);
    for (const push of requestFacts.pushesOf(call)) {
      // What is left of a batch is a matter of its last request.
      if (pushes.request.get(push) !== request || pushes.place.get(push) !== place) continue;
      const device = pushes.device.get(push);
      const needsTable = device !== -1 || calls.key.get(call) >= 0;
      if (areServicesSound && !needsTable && code > 0 && code !== 200) {
        violate('a push that needs no table is refused', push);
      }
      const mustBeThere = device === -1 || (device >= 0 && requestFacts.isThereSince(device, startedAt));
      if (!mustBeThere || named.has(push)) continue;
      if (code === 200) {
        violate(device === -1 ? 'an answer does not name its push' : 'a push to an account misses a device', push);
      }
      if (code === 404) violate('an account with a device is said to have none', push);
    }
  };

  const isOf = (push: number, request: number) =>
    [pushes.firstRequest.get(push), pushes.request.get(push)].includes(request);

  const checkEnd = ({ a: call, b: status, c: isRepeated }: HistoryRecord) => {
    if (isRepeated === 1) counts.repeated += 1;
    if (isRepeated === 1 && status >= 300) violateFor(call, 'a refusal is given again');
    if (status === 409) counts.inUse += 1;
    if (status === 422) counts.reused += 1;
    const names = requestFacts.namesOf(call);
    const queuedBy = isRepeated === 1 ? keys.call.get(calls.key.get(call)) : call;
    for (const message of [...names.values()].flat()) {
      const push = messages.push.get(message);
      if (push === -1) violateFor(call, 'an answer names a push that is not on the queue');
      else if (!isOf(push, calls.request.get(call))) violate('an answer names a push of another request', push);
      else if (messages.call.get(message) !== queuedBy) violate('an answer names what another call has queued', push);
    }
    if (isRepeated === 0) {
      for (const [place, code] of requestFacts.codesOf(call).entries()) {
        checkPlace(call, place, code, names.get(place) ?? []);
      }
    }
    if (status < 200 || status >= 300) return;
    const text = JSON.stringify([...names]);
    if ((keptNames.get(queuedBy) ?? text) !== text) violateFor(call, 'a repeated answer differs from the first');
    keptNames.set(queuedBy, text);
  };
  return { counts, on: { callEnded: checkEnd } };
}
