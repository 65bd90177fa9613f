import { day, deadGateway, during, healthyGateway, second, type Scenario } from './scenario.ts';

/** Faults of everything but the gateway, and a crash and a deployment every minute or so. */
const crashes = { crashesPerMinute: 1, deployEveryMinutes: 5 } as const satisfies Partial<Scenario>;

const dayOutage = (pushesPerSecond: number): Scenario => ({
  summary: `the gateway is down for a day, at ${String(pushesPerSecond)} pushes a second`,
  pushesPerSecond,
  gateway: during(20 * second, day, deadGateway),
});

/** Every scenario by its name. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  healthy: {
    summary: 'everything works',
    pushesPerSecond: 12,
    gateway: healthyGateway,
  },
  'day-outage': dayOutage(12),
  'day-outage-slow-senders': dayOutage(1),
  'day-outage-fast-senders': dayOutage(100),
  'day-outage-with-crashes': {
    ...dayOutage(12),
    ...crashes,
    summary: 'the same, and an instance of each function is killed every minute, and all are replaced every five',
  },
};
