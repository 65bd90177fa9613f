import { healthyGateway, hour, noneExpired, second, type Scenario, type SweepOrder } from './scenario.ts';

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
};
