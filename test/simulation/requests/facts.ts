import { createColumn } from '../rules/columns.ts';
import { kinds, type HistoryRecord } from '../history.ts';
import { keyStates } from './recorder.ts';

/** In place of the device of an account whose app the key of the client must not push to. */
export const forbiddenDevice = -2;

/** How long an answer is given again. */
export const keptMs = 86_400_000;

/** What the history has told so far of requests, their keys, and the devices of accounts. `learn` takes in a record. */
export function createRequestFacts() {
  const requests = { pushes: new Map<number, number[]>() };
  const pushes = {
    firstRequest: createColumn(-1),
    /** The last request that asked for it: what is left of a batch is asked for again. */
    request: createColumn(-1),
    /** Its place in the last one. */
    place: createColumn(-1),
    /** The device of its account; -1 if the client names the device. */
    device: createColumn(-1),
  };
  const calls = {
    request: createColumn(-1),
    key: createColumn(-1),
    startedAt: createColumn(-1),
    /** -1 while it is under way, 0 without an answer. */
    status: createColumn(-1),
    /** Whether its answer has got into the record of its key. */
    isKept: createColumn(),
    /** Whether it has deleted the record of its key. */
    isReleased: createColumn(),
  };
  const messages = { call: createColumn(-1), push: createColumn(-1), isNamed: createColumn() };
  /** What the record of a key says, and which call has written it. */
  const keys = {
    call: createColumn(-1),
    state: createColumn(keyStates.deleted),
    writtenAt: createColumn(-1),
    /** When the record last said that a request is under way, before it said something else. */
    underWayUntil: createColumn(-1),
  };
  const devices = { addedAt: createColumn(-1), removedAt: createColumn(-1) };
  /** The messages that the answer to a call names, by the place of their push, until the call ends. */
  const names = new Map<number, Map<number, number[]>>();
  /** By call: the codes of its places, until it ends. */
  const codes = new Map<number, number[]>();
  const count = { calls: 0, requests: 0 };

  const facts = {
    ...{ requests, pushes, calls, messages, keys, devices, count },
    /** The pushes of the request of a call. */
    pushesOf: (call: number): readonly number[] => requests.pushes.get(calls.request.get(call)) ?? [],
    namesOf: (call: number): ReadonlyMap<number, readonly number[]> => names.get(call) ?? new Map<number, number[]>(),
    codesOf: (call: number): readonly number[] => codes.get(call) ?? [],
    /** Whether the registry has had a device since a moment. */
    isThereSince: (device: number, at: number) => {
      const addedAt = devices.addedAt.get(device);
      return addedAt >= 0 && addedAt <= at;
    },
    /** Whether the registry had a device at some time since a moment. */
    wasThereSince: (device: number, at: number) =>
      devices.addedAt.get(device) >= 0 || devices.removedAt.get(device) >= at,
    learn({ kind, at, a, b, c, d }: HistoryRecord): void {
      switch (kind) {
        case kinds.asked: {
          const its = requests.pushes.get(b) ?? [];
          its.push(a);
          requests.pushes.set(b, its);
          if (pushes.firstRequest.get(a) === -1) pushes.firstRequest.set(a, b);
          pushes.request.set(a, b);
          pushes.device.set(a, c);
          pushes.place.set(a, d);
          break;
        }
        case kinds.called:
          count.calls += 1;
          count.requests = Math.max(count.requests, b + 1);
          calls.request.set(a, b);
          calls.key.set(a, c);
          calls.startedAt.set(a, at);
          break;
        case kinds.queued:
          messages.call.set(a, b);
          messages.push.set(a, c);
          break;
        case kinds.keyWritten: {
          const key = calls.key.get(a);
          if (keys.state.get(key) === keyStates.underWay && b !== keyStates.underWay) keys.underWayUntil.set(key, at);
          keys.call.set(key, a);
          keys.state.set(key, b);
          keys.writtenAt.set(key, at);
          if (b === keyStates.answered) calls.isKept.set(a, 1);
          if (b === keyStates.deleted) calls.isReleased.set(a, 1);
          break;
        }
        case kinds.named: {
          messages.isNamed.set(b, 1);
          const its = names.get(a) ?? new Map<number, number[]>();
          names.set(a, its);
          its.set(c, [...(its.get(c) ?? []), b]);
          break;
        }
        case kinds.itemEnded: {
          const its = codes.get(a) ?? [];
          codes.set(a, its);
          its[b] = c;
          break;
        }
        case kinds.callEnded:
          calls.status.set(a, b);
          names.delete(a);
          codes.delete(a);
          break;
        case kinds.deviceAdded:
          if (devices.addedAt.get(a) === -1) devices.addedAt.set(a, at);
          break;
        case kinds.deviceRemoved:
          if (devices.addedAt.get(a) >= 0) devices.removedAt.set(a, at);
          devices.addedAt.set(a, -1);
          break;
        default:
      }
    },
  };
  return facts;
}

export type RequestFacts = ReturnType<typeof createRequestFacts>;
