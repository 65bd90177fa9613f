import { faultIf } from '../checker.ts';
import type { Distribution } from '../rules/columns.ts';
import {
  day,
  deadGateway,
  healthyGateway,
  hour,
  minute,
  noneExpired,
  second,
  slowGateway,
  troubled,
  type Scenario,
  type SweepOrder,
} from '../scenario.ts';

const healthy = { pushesPerSecond: 12, createGateway: () => healthyGateway, expect: noneExpired } as const;

/** Crashes of `deliver`, and trouble with the services. */
const crashes = {
  ...healthy,
  crashesPerMinute: 1,
  deployEveryMinutes: 5,
  skewMs: 2 * second,
  services: () => ({ refused: 0.03, requestLost: 0.01, answerLost: 0.02, entryFailure: 0.03 }),
  queue: () => ({ duplicate: 0.01, forgetDelete: 0.01, reorder: 100 }),
  mapping: () => ({ lostReceive: 0.01, throttled: 0.01, lostDelete: 0.01 }),
} as const satisfies Partial<Scenario>;

/** The sweep that goes with them. */
const crashing: SweepOrder = {
  windowMs: 2 * hour,
  ticks: { missed: 0.1, twice: 0.5, dies: 0.3 },
  bucket: { conflict: 0.02, cutBody: 0.002, listSeconds: 30 },
};

/** The sweep that is delivered while clients send. */
const besideClients = { startMs: 20 * minute, windowMs: 5 * minute, clientShare: 0.25 } as const satisfies SweepOrder;

/** The scenarios of sweeps. */
export const sweepScenarios: Readonly<Record<string, Scenario>> = {
  sweep: {
    ...healthy,
    summary: 'a sweep of all devices in two hours, and everything works',
    sweep: { windowMs: 2 * hour },
  },
  'sweep-ticks-twice': {
    ...healthy,
    summary: 'each tick of a sweep comes twice, at once or minutes later',
    sweep: { windowMs: 2 * hour, ticks: { twice: 1 } },
  },
  'sweep-million': {
    ...healthy,
    summary: 'a sweep whose ticks die, come twice or are missed; for --pushes 1000000',
    sweep: { windowMs: 2 * hour, ticks: { missed: 0.15, twice: 0.5, dies: 0.3 } },
  },
  'sweep-with-crashes': {
    ...crashes,
    summary: 'the same, and instances of deliver die, clocks differ, and S3, SQS and SNS lose answers and refuse calls',
    sweep: crashing,
  },
  'sweep-gzip': {
    ...crashes,
    summary: 'the same, and the lists are in gzip',
    sweep: { ...crashing, areListsPacked: true },
  },
  'sweep-refused-entries': {
    ...healthy,
    summary:
      'a sweep, a third of whose devices are unregistered, and SQS and SNS refuse a tenth of the entries of batches',
    ...{ mix: { deadShare: 0.3 }, refusedEntries: 0.1 },
    sweep: { windowMs: hour },
  },
  'sweep-withdrawn': {
    ...healthy,
    summary: 'a sweep whose plan the operator withdraws while a tick reads the list',
    sweep: {
      ...{ startMs: 20 * minute, windowMs: hour, bucket: { listSeconds: 600 } },
      change: { kind: 'withdraw the plan', atMs: 20 * minute },
    },
    expect: ({ accepted, sent }) => (accepted > 0 && accepted < sent / 2 ? [] : ['The sweep does not stop midway.']),
  },
  'sweep-list-replaced': {
    ...healthy,
    summary: 'a sweep whose list the operator replaces after a tick that had no time for all of it',
    sweep: {
      ...{ startMs: 20 * minute, windowMs: hour, bucket: { listSeconds: 1200 } },
      change: { kind: 'replace the list', atMs: 29 * minute },
    },
    expect: (account) => [
      ...noneExpired(account),
      ...(account.accepted > account.sent / 2 + 1 ? [] : ['No device of the first list gets a push.']),
      ...faultIf(account.duplicated, 'a device gets a second push'),
    ],
  },
  'sweep-again': {
    ...healthy,
    summary: 'a sweep, and then another one that leaves out the devices that the gateway called unregistered, a tenth',
    mix: { deadShare: 0.1 },
    sweep: { windowMs: hour, isRepeated: true },
  },
  'sweep-again-with-crashes': {
    ...crashes,
    summary: 'the same, with crashes and trouble',
    mix: { deadShare: 0.1 },
    sweep: { ...crashing, windowMs: hour, isRepeated: true },
    // A refused push that is left alone has no proof until its lifetime is over, which begins after the first sweep.
    endsAfterMs: 3 * day,
  },
  'sweep-registry': {
    ...healthy,
    summary: 'a sweep of the registry, whose devices come, report and go meanwhile',
    sweep: { windowMs: hour, registry: 'all' },
  },
  'sweep-registry-accounts': {
    ...healthy,
    summary: 'the same for some accounts, and then again without the devices that the gateway called unregistered',
    mix: { deadShare: 0.1 },
    sweep: { windowMs: hour, registry: 'accounts', isRepeated: true },
  },
  'sweep-registry-with-crashes': {
    ...crashes,
    summary: 'a sweep of the registry, with crashes and trouble, and half of the ticks die',
    sweep: { ...crashing, windowMs: hour, registry: 'all', ticks: { missed: 0.1, twice: 0.5, dies: 0.5 } },
    table: () => ({ throttled: 0.05, answerMs: 100 }),
  },
  'sweep-registry-slow': {
    ...healthy,
    summary: 'a sweep of the registry, whose table is so slow that the first tick has no time for the snapshot',
    sweep: { startMs: 40 * minute, windowMs: hour, registry: 'all' },
    table: (at) => (at > 29 * minute && at < 44 * minute ? { answerMs: 9000 } : {}),
    expect: (account) => [
      ...noneExpired(account),
      // With few devices, the table has few pages.
      ...(account.sent < 1000 || account.sweeps.every(({ minutesLate }) => minutesLate > 10)
        ? []
        : ['The first tick has time for the snapshot.']),
    ],
  },
  'sweep-and-clients': {
    ...healthy,
    summary:
      'clients send a quarter of the pushes at 12 a second, while a sweep of the others is delivered in 5 minutes',
    sweep: besideClients,
    expect: (account) => [...noneExpired(account), ...inTime(account.delaySeconds)],
  },
  'sweep-and-clients-outage': {
    ...healthy,
    summary: 'the same, and the gateway is down for a minute',
    sweep: besideClients,
    ...troubled(minute, () => deadGateway, besideClients.startMs + 10 * second),
    expect: (account) => [
      ...noneExpired(account),
      ...inTime(account.delaySecondsOfLater),
      ...(account.sweeps.some(({ minutesLate }) => minutesLate > 5) ? ['The sweep does not recover.'] : []),
    ],
  },
  'sweep-and-clients-slow': {
    ...healthy,
    summary: 'the same, and the gateway takes 2 to 4 s for an answer, which is too long for the sweep',
    sweep: besideClients,
    ...troubled(day, () => slowGateway(2000, 4000), 0),
    expect: (account) => [...noneExpired(account), ...inTime(account.delaySeconds)],
  },
  'sweep-and-clients-dead-list': {
    ...healthy,
    summary: 'clients send as before, and the gateway knows no device of the sweep, so that its address is suspected',
    sweep: { ...besideClients, mix: { deadShare: 1 } },
    // The pushes of the sweep wait as in an outage that does not end.
    settings: { LIFETIME_SECONDS: '3600' },
    ...troubled(2 * day, () => healthyGateway, 0),
    expect: (account) => inTime(account.delaySeconds),
  },
};

/** The pushes of clients wait for no sweep. */
function inTime({ p99, max }: Distribution): string[] {
  return p99 > 3 || max > 10 ? ['The pushes of clients wait because of the sweep.'] : [];
}
