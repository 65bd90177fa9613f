import { kinds, type History } from '../history.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import { apiAnswerOf, noAnswer } from '../models/api.ts';
import type { Clients } from '../pushes/clients.ts';
import { second } from '../scenario.ts';
import type { AcceptFunction } from '../world/accept.ts';
import { messageNumberOf } from '../world/queues.ts';
import { forbiddenDevice } from './facts.ts';
import { clientCount, type PlannedItem, type PlannedRequest, type RequestHabits, type RequestPlan } from './plan.ts';
import { eventOf, readAnswer, type Answer } from './wire.ts';

export interface RequestClientsOptions {
  readonly plan: RequestPlan;
  readonly habits: RequestHabits;
  /** When the first request is sent. */
  readonly startMs: number;
  readonly pushesPerSecond: number;
  readonly pushOfMessage: (message: number) => number;
  readonly accept: AcceptFunction;
  readonly scheduler: Scheduler;
  readonly history: History;
  readonly chance: Chance;
}

/** A request that a client sends until it is accepted. */
interface OpenRequest {
  readonly number: number;
  readonly client: number;
  readonly items: readonly PlannedItem[];
  readonly isJson: boolean;
  readonly ttlSeconds: number | undefined;
  /** The number of its key, which is that of the first request with it, and its text. */
  readonly key: { readonly number: number; readonly text: string } | undefined;
  readonly isForgetful: boolean;
  readonly isDayLater: boolean;
  /** Is called once it is accepted, or given up by its client. */
  readonly onEnd: (isAccepted: boolean) => void;
  /** The client sends it twice at the same time: how many of these go on. */
  chains: number;
  isAccepted: boolean;
}

const mostCalls = 8;
/** Until then, a client that repeats a request that was accepted has forgotten it. */
const forgetfulSeconds = 120;

/** Starts clients that name their requests, and send them again, unchanged, until they hear that they are accepted. */
export function startRequestClients(options: RequestClientsOptions): Clients {
  const { plan, habits, startMs, pushesPerSecond, pushOfMessage, accept, scheduler, history, chance } = options;
  const { requests } = plan;
  let requestNumber = requests.length;
  let callNumber = 0;
  let sent = 0;
  /** What clients wait for: a time to send, or an answer. */
  let pending = 0;
  /** Does something after a time. */
  const later = (seconds: number, work: () => void) => {
    pending += 1;
    scheduler.after(seconds * second, () => {
      pending -= 1;
      work();
    });
  };
  /** By the number of a request that had an end: whether it was accepted. */
  const endings = new Map<number, boolean>();
  const waiting = new Map<number, () => void>();

  /** Makes one call, and calls back with what the client hears. */
  const call = (request: OpenRequest, onAnswer: (answer: Answer) => void) => {
    const { number, client, items, isJson, ttlSeconds, key } = request;
    const its = callNumber;
    callNumber += 1;
    history.record(kinds.called, its, number, key?.number ?? -1);
    const event = eventOf({ client, key: key?.text, isJson, ttlSeconds, pushes: items.map(plan.parametersOf) });
    pending += 1;
    accept.invoke(event, its, (ending) => {
      pending -= 1;
      const answer = readAnswer(apiAnswerOf(ending), items.length);
      for (const [item, { code, ids }] of answer.results.entries()) {
        for (const id of ids) history.record(kinds.named, its, messageNumberOf(id), item);
        history.record(kinds.itemEnded, its, item, code);
      }
      const { status, isRepeated, retryAfterSeconds = -1 } = answer;
      history.record(kinds.callEnded, its, status, isRepeated ? 1 : 0, retryAfterSeconds);
      const isLost = chance.hits(habits.lostAnswers);
      later(chance.between(0.005, 0.05), () => {
        onAnswer(isLost ? readAnswer(noAnswer, items.length) : answer);
      });
    });
  };

  const recordAnswer = ({ items, key }: OpenRequest, { results }: Answer) => {
    for (const [index, { first, pushes, account }] of items.entries()) {
      const needsTable = key === undefined && account === undefined ? 0 : 1;
      const { code = 0, ids = [] } = results[index] ?? {};
      for (const id of ids) history.record(kinds.accepted, pushOfMessage(messageNumberOf(id)));
      if (code === 200) continue;
      for (let push = first; push < first + pushes; push += 1) history.record(kinds.refused, push, code, needsTable);
    }
  };

  /** Sends what SQS or the table did not take of a batch, as a request of its own. */
  const sendRest = (request: OpenRequest, { results }: Answer) => {
    const items = request.items.filter((_item, index) => results[index]?.code === 503);
    if (items.length === 0) return;
    const number = requestNumber;
    requestNumber += 1;
    const key = request.key && { number, text: `rest-${String(number)}` };
    const onEnd = () => undefined;
    later(chance.between(1, 5), () => {
      send(
        { ...request, number, items, key, isForgetful: false, isDayLater: false, onEnd, chains: 0, isAccepted: false },
        1,
      );
    });
  };

  const follow = (request: OpenRequest, calls: number, answer: Answer) => {
    recordAnswer(request, answer);
    const { status, retryAfterSeconds } = answer;
    const isAccepted = status >= 200 && status < 300;
    if (isAccepted && !request.isAccepted) {
      request.isAccepted = true;
      sendRest(request, answer);
      request.onEnd(true);
      if (request.isDayLater && request.key) {
        again(request, mostCalls, chance.hits(0.5) ? 23.5 * 3600 : 25 * 3600);
        return;
      }
      if (request.isForgetful && request.key) {
        again(request, mostCalls, chance.between(1, forgetfulSeconds));
        return;
      }
    }
    // No answer, or one that may be another one the next time.
    const mayChange = status === 0 || status === 409 || status >= 500;
    if (mayChange && calls < mostCalls) {
      const { chains } = request;
      // Those who send it at the same time do not wait for each other.
      again(request, calls + 1, (retryAfterSeconds ?? chance.between(1, 10)) + chains * chance.next());
      return;
    }
    request.chains -= 1;
    if (request.chains === 0 && !request.isAccepted) request.onEnd(false);
  };
  const again = (request: OpenRequest, calls: number, seconds: number) => {
    later(seconds, () => {
      call(request, (answer) => {
        follow(request, calls, answer);
      });
    });
  };

  /** Sends a request for the first time. @param times how often at once. */
  const send = (request: OpenRequest, times: number) => {
    for (const [index, { first, pushes }] of request.items.entries()) {
      for (let push = first; push < first + pushes; push += 1) {
        const device = plan.isForbidden(request.client, push) ? forbiddenDevice : plan.deviceOf(push);
        history.record(kinds.asked, push, request.number, device, index);
      }
    }
    request.chains = times;
    for (let time = 0; time < times; time += 1) again(request, 1, time * chance.between(0, 0.05));
  };

  const openRequestOf = (planned: PlannedRequest, reuses: number | undefined): OpenRequest => {
    const { number, client, items, isJson, ttlSeconds, hasKey, isForgetful, isDayLater } = planned;
    const keyNumber = reuses ?? number;
    // Each client numbers its own messages.
    const key = { number: keyNumber, text: `message-${String(Math.floor(keyNumber / clientCount))}` };
    const onEnd = (isAccepted: boolean) => {
      endings.set(number, isAccepted);
      waiting.get(number)?.();
    };
    return {
      number,
      client,
      items,
      isJson,
      ttlSeconds,
      key: hasKey ? key : undefined,
      isForgetful,
      isDayLater,
      onEnd,
      chains: 0,
      isAccepted: false,
    };
  };

  const start = (planned: PlannedRequest) => {
    const { items, ttlSeconds = -1, reuses, isImpatient, hasKey } = planned;
    for (const { first, pushes } of items) {
      for (let push = first; push < first + pushes; push += 1) {
        const { content, app } = plan.planOf(push);
        history.record(kinds.sent, push, content, app, ttlSeconds);
      }
    }
    const begin = (reused: number | undefined) => {
      send(openRequestOf(planned, reused), isImpatient && hasKey ? 2 : 1);
    };
    if (reuses === undefined) {
      begin(undefined);
      return;
    }
    // The key of a request that was not accepted can still be used, so this one has a key of its own then.
    const beginAfter = () => {
      waiting.delete(reuses);
      begin(endings.get(reuses) === true ? reuses : undefined);
    };
    if (endings.has(reuses)) beginAfter();
    else waiting.set(reuses, beginAfter);
  };

  const sendNext = () => {
    const planned = requests[sent];
    if (planned === undefined) return;
    sent += 1;
    start(planned);
    const next = requests[sent]?.items[0]?.first ?? 0;
    scheduler.at(startMs + ((next + chance.next()) * second) / pushesPerSecond, sendNext);
  };
  scheduler.at(startMs, sendNext);
  return {
    hasSentAll: () => sent >= requests.length,
    haveEnded: () => sent >= requests.length && pending === 0,
  };
}
