import { httpEvent } from '../../support/http-event.ts';
import { kinds, type History } from '../history.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import { apiAnswerOf, type ApiAnswer } from '../models/api.ts';
import type { LambdaFunction } from '../models/function.ts';
import { bodyOf, type PlannedPush } from './push-plan.ts';
import { second } from '../scenario.ts';

export interface ClientsOptions {
  /** The numbers of the pushes: from the first up to, not including, the last. */
  readonly firstPush: number;
  readonly endPush: number;
  readonly startMs: number;
  readonly pushesPerSecond: number;
  /** How many pushes a request has at most. */
  readonly batchPushes: number;
  readonly planOf: (number: number) => PlannedPush;
  readonly accept: LambdaFunction<ReturnType<typeof httpEvent>>;
  readonly scheduler: Scheduler;
  readonly history: History;
  readonly chance: Chance;
}

export interface Clients {
  readonly hasSentAll: () => boolean;
  /** Whether the clients wait for no answer any more, and repeat no request. */
  readonly haveEnded: () => boolean;
}

const mostAttempts = 4;

/** Starts clients that send pushes at a rate, and those again that are not accepted. */
export function startClients(options: ClientsOptions): Clients {
  const { firstPush, endPush, startMs, pushesPerSecond, batchPushes, planOf } = options;
  const { accept, scheduler, history, chance } = options;
  let next = firstPush;
  let ended = 0;

  /** Sends pushes in one request. */
  const send = (numbers: readonly number[], ttlSeconds: number | undefined, attempt: number) => {
    const [first = 0] = numbers;
    accept.invoke(requestOf(numbers.map(planOf), ttlSeconds), first, (ending) => {
      const statuses = statusesOf(apiAnswerOf(ending), numbers.length);
      scheduler.after(chance.between(5, 50), () => {
        const refused = numbers.filter((number, index) => {
          const status = statuses[index] ?? 0;
          const isAccepted = status >= 200 && status < 300;
          if (isAccepted) history.record(kinds.accepted, number);
          else history.record(kinds.refused, number, status);
          return !isAccepted;
        });
        ended += numbers.length - refused.length;
        if (refused.length === 0) return;
        if (attempt < mostAttempts) {
          scheduler.after(chance.between(5, 10) * second, () => {
            send(refused, ttlSeconds, attempt + 1);
          });
        } else ended += refused.length;
      });
    });
  };

  /** The next pushes of a request. No two have the same content, so that the history can tell them apart. */
  const takeNext = (ttlSeconds: number | undefined): number[] => {
    const numbers: number[] = [];
    const contents = new Set<number>();
    while (numbers.length < batchPushes && next < endPush) {
      const { number, content, app, parameters } = planOf(next);
      if (contents.has(content)) break;
      contents.add(content);
      numbers.push(number);
      history.record(kinds.sent, number, content, app, ttlSeconds ?? -1);
      const isText = parameters.some(([name]) => name === 'Message');
      if (content !== number && isText) history.record(kinds.repeated, number);
      next += 1;
    }
    return numbers;
  };
  const sendNext = () => {
    if (next >= endPush) return;
    // A request has one time to live for its pushes: that of the first.
    const { ttlSeconds } = planOf(next);
    send(takeNext(ttlSeconds), ttlSeconds, 1);
    scheduler.at(startMs + ((next - firstPush + chance.next()) * second) / pushesPerSecond, sendNext);
  };
  scheduler.at(startMs, sendNext);
  return { hasSentAll: () => next >= endPush, haveEnded: () => ended >= endPush - firstPush };
}

function requestOf(pushes: readonly PlannedPush[], ttlSeconds: number | undefined) {
  const [first] = pushes;
  const timeToLive = ttlSeconds === undefined ? {} : { ttl: String(ttlSeconds) };
  if (first === undefined || pushes.length > 1) {
    const body = JSON.stringify(pushes.map(({ parameters }) => Object.fromEntries(parameters)));
    return httpEvent({ headers: { 'content-type': 'application/json', ...timeToLive }, body });
  }
  const { isJson } = first;
  return httpEvent({
    headers: {
      ...(isJson && { 'content-type': 'application/json' }),
      ...timeToLive,
    },
    body: isJson ? bodyOf(first) : Buffer.from(bodyOf(first)),
  });
}

/** The status of each push of a request, 0 without an answer. */
function statusesOf({ status, body }: ApiAnswer, pushes: number): number[] {
  if (pushes === 1 || status !== 202) return new Array<number>(pushes).fill(status);
  return (body.results ?? []).map(({ code }) => code);
}
