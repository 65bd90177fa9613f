import type { Behaviour } from '../models/gateway.ts';
import {
  day,
  deadGateway,
  healthyGateway,
  hour,
  minute,
  noneExpired,
  second,
  troubled,
  type GatewayPlan,
  type Scenario,
} from '../scenario.ts';

/** Pushes that are sent as an outage begins. The gateway refuses none of them for good. */
function outage(words: string, forMs: number, gateway: GatewayPlan = deadGateway): Scenario {
  return {
    summary: `the gateway is down for ${words}, from the first push on`,
    pushesPerSecond: 100,
    mix: { deadShare: 0, refusedShare: 0 },
    ...troubled(forMs, () => gateway, 0),
    // A push lives for a day.
    ...(forMs <= day && { expect: noneExpired }),
  };
}

/** Unregistered devices among others. */
function deadDevices(share: number, pushesPerSecond: number): Scenario {
  return {
    summary: `${String(share * 100)} % of the devices are unregistered, at ${pushesPerSecond === 1 ? 'a push' : `${String(pushesPerSecond)} pushes`} a second`,
    pushesPerSecond,
    mix: { deadShare: share, refusedShare: 0 },
    createGateway: () => healthyGateway,
    expect: noneExpired,
  };
}

function wrongAddress(words: string, pushesPerSecond: number, forMs: number): Scenario {
  return {
    summary: `the gateway answers 404 to all for ${words}`,
    pushesPerSecond,
    mix: { deadShare: 0, refusedShare: 0 },
    ...troubled(forMs, () => notFound, 0),
  };
}

const saturatedMs = 6 * hour;
const saturatedInFlight = 600;

/** An outage without answers at a 200th of the size: of what SQS holds in flight, and of what `deliver` does at once. */
export const saturatedOutage: Scenario = {
  summary: 'the gateway gives no answer for six hours, and more than 600 pushes are more than SQS holds in flight',
  pushesPerSecond: 12,
  mix: { deadShare: 0, refusedShare: 0 },
  maxInFlight: saturatedInFlight,
  settings: { DELIVER_INSTANCES: '2', BATCH_RECORDS: '1' },
  ...troubled(saturatedMs, () => () => ({ kind: 'hang' }), 0),
  expect({ accepted, delivered, receives, delaySecondsAfterTrouble: { max } }) {
    // Each is handed out once in the longest delay, or as often as the places in flight allow.
    const most = (saturatedMs / (15 * minute)) * Math.min(1, saturatedInFlight / accepted);
    return [
      ...(delivered < accepted ? ['Not all pushes were delivered.'] : []),
      ...(receives.median < 0.7 * most ? [`SQS hands out each push only ${String(receives.median)} times.`] : []),
      ...(max > 1100 ? [`A push waits for ${String(max)} s after the outage.`] : []),
    ];
  },
};

const retentionMs = 4 * day;
const longestOutageMs = 5 * day;
const pushesPerDay = 30;

/**
 * The only loss of pushes that docs/delivery.md knows: more arrive than a full queue hands out, for longer than SQS keeps
 * them. A young push that is handed out holds the place in flight for three hours, and an old one is given up at once. In
 * order, SQS would hand out the oldest first and delete none.
 */
export const retentionLoss: Scenario = {
  summary: `the gateway asks to wait for 3 hours for five days, and SQS holds one of ${String(pushesPerDay)} pushes a day in flight, and deletes others`,
  pushesPerSecond: pushesPerDay / (day / second),
  mix: { deadShare: 0, refusedShare: 0, ttlShare: 0 },
  maxInFlight: 1,
  queue: () => ({ reorder: 10_000 }),
  settings: { DELIVER_INSTANCES: '2', BATCH_RECORDS: '1', BACKOFF_CAP_SECONDS: '10800' },
  ...troubled(
    longestOutageMs,
    () => (_attempt, _at, chance) => ({
      ...{ kind: 'answer', ms: chance.between(10, 100), status: 503, retryAfterSeconds: 10_800 },
    }),
    0,
  ),
  expect({ accepted, delivered, givenUp: { expired }, retentionEnded }) {
    const most = ((longestOutageMs - retentionMs) / day) * pushesPerDay;
    return [
      ...(accepted >= most && retentionEnded === 0 ? ['The retention of no push ended.'] : []),
      ...(retentionEnded > most
        ? [`SQS deleted ${String(retentionEnded)} pushes, and ${String(most)} are old enough.`]
        : []),
      ...(delivered + expired + retentionEnded < accepted ? ['A push has none of the three endings.'] : []),
    ];
  },
};

/** The outages of the tables in docs/delivery.md. */
export const outages: Readonly<Record<string, Scenario>> = {
  'outage-1-minute': outage('1 minute', minute),
  'outage-15-minutes': outage('15 minutes', 15 * minute),
  'outage-1-hour': outage('1 hour', hour),
  'outage-6-hours': outage('6 hours', 6 * hour),
  'outage-24-hours': outage('24 hours', day),
  'outage-24-hours-retry-after': outage('24 hours and answers `Retry-After: 1`', day, (_attempt, _at, chance) => ({
    ...{ kind: 'answer', ms: chance.between(10, 100), status: 503, retryAfterSeconds: 1 },
  })),
  'outage-36-hours': outage('36 hours', 36 * hour),
};

/** The unregistered devices and wrong addresses of the tables in docs/delivery.md. */
export const refusals: Readonly<Record<string, Scenario>> = {
  'unregistered-5-percent': deadDevices(0.05, 12),
  'unregistered-20-percent': deadDevices(0.2, 12),
  'unregistered-20-percent-slow': deadDevices(0.2, 1),
  'unregistered-50-percent': deadDevices(0.5, 12),
  'unregistered-in-a-row': {
    summary: '100 unregistered devices in a row, after 50 others and before more, at a push a second',
    pushesPerSecond: 1,
    mix: { deadShare: 0, refusedShare: 0, twinShare: 0 },
    createGateway:
      () =>
      (...attempt) =>
        (attempt[0].content >= 50 && attempt[0].content < 150 ? notFound : healthyGateway)(...attempt),
  },
  'wrong-address-slow': wrongAddress('an hour, at a push a second', 1, hour),
  'wrong-address-six-hours': wrongAddress('six hours, at a push a minute', 1 / 60, 6 * hour),
  'wrong-address-two-days': wrongAddress('two days, at a push a minute', 1 / 60, 2 * day),
};

/** What a wrong address answers. */
export function notFound(...[, , chance]: Parameters<GatewayPlan>): Behaviour {
  return { kind: 'answer', ms: chance.between(20, 100), status: 404 };
}
