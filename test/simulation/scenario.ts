import type { Chance } from './kernel/chance.ts';
import type { AttemptContent, Behaviour } from './models/gateway.ts';
import type { MappingTrouble } from './models/event-source-mapping.ts';
import type { TableTrouble } from './models/dynamodb-table.ts';
import type { TickTrouble } from './models/event-bridge.ts';
import type { QueueTrouble } from './models/sqs-queue.ts';
import { faultIf, faultsOf, type Account } from './checker.ts';
import type { Mix } from './pushes/push-plan.ts';
import type { AppMix } from './registry/app-mix.ts';
import type { RequestHabits } from './requests/plan.ts';

/** What goes wrong in a run, and what must come out of it. Moments are milliseconds since its start. */
export interface Scenario {
  /** One line for `--help`. */
  readonly summary: string;
  readonly pushesPerSecond: number;
  /** How many pushes a request has at most. Absent: one. */
  readonly batchPushes?: number;
  readonly mix?: Partial<Mix>;
  /** Environment variables of `deliver` that differ from the defaults. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Creates the gateway of a run. */
  readonly createGateway: () => GatewayPlan;
  /** The state of the services at a moment; absent: they work. */
  readonly services?: (at: number) => Partial<ServiceTrouble>;
  /**
   * The share of entries of batches that SQS and SNS refuse, while everything else works. Of outcome counts they refuse
   * none: such counts are lost, or added twice.
   */
  readonly refusedEntries?: number;
  /** What goes wrong with SNS alone. */
  readonly topic?: (at: number) => Partial<CallTrouble>;
  /** A sweep, whose devices are the pushes of the run that clients do not send. */
  readonly sweep?: SweepOrder;
  /** Apps that report their devices; the pushes of clients go to these. */
  readonly registry?: RegistryOrder;
  /** Clients that name their requests and push to accounts, whose devices are in the table from the start. */
  readonly requests?: Partial<RequestHabits>;
  /** What goes wrong with the table of devices, besides what does with all services. */
  readonly table?: (at: number) => Partial<TableTrouble & CallTrouble>;
  readonly queue?: (at: number) => Partial<QueueTrouble>;
  readonly mapping?: (at: number) => Partial<MappingTrouble>;
  /** How many messages of a queue can be in flight. Absent: as many as SQS allows. */
  readonly maxInFlight?: number;
  /** How many instances of each function are killed a minute. 0.1: one in ten minutes. */
  readonly crashesPerMinute?: number;
  readonly deployEveryMinutes?: number;
  /** How many messages that are no pushes somebody else puts on the queue a minute. */
  readonly strangersPerMinute?: number;
  /** Minutes of the run when an operator redrives all dead letters. */
  readonly redriveAtMinutes?: readonly number[];
  /** The clocks of instances are up to this much fast or slow. */
  readonly skewMs?: number;
  /** When the trouble with the gateway begins and ends, if there is any that ends. */
  readonly troubleBeginsAtMs?: number;
  readonly troubleEndsAtMs?: number;
  /** How long after the last push was sent the run ends, although pushes still wait. Absent: two days. */
  readonly endsAfterMs?: number;
  /** What is wrong with the account besides what is wrong in every scenario. */
  readonly expect?: (account: Account) => readonly string[];
}

/** What is wrong with a run, one line each; none if nothing is. */
export function faultsOfRun(account: Account, { expect }: Scenario): string[] {
  const { waiting } = account;
  return [
    ...faultsOf(account),
    ...faultIf(waiting, 'an accepted push still waits at the end'),
    ...(expect?.(account) ?? []),
  ];
}

/** An expectation of a scenario whose trouble ends in time. */
export function noneExpired({ givenUp: { expired } }: Account): string[] {
  return faultIf(expired, 'a push is given up because of its age');
}

/** The sweep of a run. */
export interface SweepOrder {
  /** When it begins. Absent: at some minute after the first tick. */
  readonly startMs?: number;
  readonly windowMs: number;
  /** The share of the pushes that clients send, from the start of the sweep on. Absent: none. */
  readonly clientShare?: number;
  /** Its pushes, where they differ from those of clients. */
  readonly mix?: Partial<Mix>;
  /** Whether it is ordered again in the end, without the devices that the gateway called unregistered. */
  readonly isRepeated?: boolean;
  /** The sweep is one over the registry, or over some accounts of it. Absent: over a list. */
  readonly registry?: 'all' | 'accounts';
  /** Whether the lists are in gzip. */
  readonly areListsPacked?: boolean;
  /** What the operator does while the sweep is under way. The list is slow, if it is, until then. */
  readonly change?: { readonly kind: 'withdraw the plan' | 'replace the list'; readonly atMs: number };
  readonly ticks?: Partial<TickTrouble>;
  /** How S3 goes wrong: probabilities, and how long the list takes to come. */
  readonly bucket?: { readonly conflict?: number; readonly cutBody?: number; readonly listSeconds?: number };
}

/** The devices of a run whose apps report them. */
export interface RegistryOrder {
  readonly apps?: Partial<AppMix>;
  /** How long an event is on its way from the topic to the queue of prunes. Absent: a moment. */
  readonly eventSeconds?: number;
}

/** What the gateway does with an attempt at a moment. */
export type GatewayPlan = (attempt: AttemptContent, at: number, chance: Chance) => Behaviour;

/** How calls to a service go wrong: probabilities, and how long an answer takes in place of a few milliseconds. */
export interface CallTrouble {
  readonly answerMs: number;
  readonly refused: number;
  readonly requestLost: number;
  readonly answerLost: number;
}

/** The same, of all services; only SQS and SNS have batches. */
export interface ServiceTrouble extends CallTrouble {
  /** Of one entry of a batch. */
  readonly entryFailure: number;
}

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

/** A gateway that works: dead devices and refused pushes get their answers. */
export const healthyGateway: GatewayPlan = ({ push, content }, _at, chance) => {
  const ms = chance.between(20, 150);
  const inBody = content % 2 === 0;
  if (push.isDead) return { kind: 'answer', ms, status: 404, inBody };
  if (push.isRefused) return { kind: 'answer', ms, status: 400, inBody };
  return { kind: 'take', ms, style: inBody ? 'json' : 'text' };
};

/** A gateway that works, and takes its time. */
export function slowGateway(leastMs: number, mostMs: number): GatewayPlan {
  return (attempt, at, chance) => {
    const behaviour = healthyGateway(attempt, at, chance);
    return 'ms' in behaviour ? { ...behaviour, ms: chance.between(leastMs, mostMs) } : behaviour;
  };
}

/** A gateway that is down, in ways that change every half hour. */
export const deadGateway: GatewayPlan = (_attempt, at, chance) => {
  const ways: readonly Behaviour[] = [
    { kind: 'refuse', ms: chance.between(1, 20) },
    { kind: 'answer', ms: chance.between(10, 100), status: 500 },
    { kind: 'hang' },
    { kind: 'answer', ms: chance.between(10, 100), status: 503 },
    { kind: 'answer', ms: chance.between(10, 100), status: 500, inBody: true },
    { kind: 'answer', ms: chance.between(1000, 6000), status: 504 },
  ];
  return ways[Math.floor(at / (30 * minute)) % ways.length] ?? { kind: 'hang' };
};

/** One gateway until a moment, another one for a time, and then the first one again. */
export function during(from: number, forMs: number, inside: GatewayPlan, outside = healthyGateway): GatewayPlan {
  return (attempt, at, chance) => (at >= from && at < from + forMs ? inside : outside)(attempt, at, chance);
}

/** When the trouble begins: after the first pushes. */
export const start = 2 * second;

/** A gateway that is in trouble from a moment, for a time. */
export function troubled(
  forMs: number,
  createInside: () => GatewayPlan,
  from = start,
): Pick<Scenario, 'createGateway' | 'troubleBeginsAtMs' | 'troubleEndsAtMs'> {
  return {
    createGateway: () => during(from, forMs, createInside()),
    ...{ troubleBeginsAtMs: from, troubleEndsAtMs: from + forMs },
  };
}
