import { chanceOf } from '../../support/random.ts';
import { faultIf, type Account } from '../checker.ts';
import type { Behaviour } from '../models/gateway.ts';
import { notFound, outages, refusals, retentionLoss, saturatedOutage } from './outage-scenarios.ts';
import {
  day,
  deadGateway,
  during,
  healthyGateway,
  hour,
  minute,
  noneExpired,
  second,
  slowGateway,
  start,
  troubled,
  type GatewayPlan,
  type Scenario,
} from '../scenario.ts';

const dayOutage = (pushesPerSecond: number): Scenario => ({
  summary: `the gateway is down for a day, at ${String(pushesPerSecond)} pushes a second`,
  pushesPerSecond,
  ...troubled(day, () => deadGateway),
  expect: noneExpired,
});

/** The scenarios of pushes that clients send one by one or in batches. */
export const pushScenarios: Readonly<Record<string, Scenario>> = {
  healthy: {
    summary: 'everything works',
    pushesPerSecond: 12,
    createGateway: () => healthyGateway,
    expect: noneExpired,
  },
  'day-outage': dayOutage(12),
  'day-outage-slow-senders': dayOutage(1),
  'day-outage-fast-senders': dayOutage(100),
  'day-outage-with-crashes': {
    ...dayOutage(12),
    summary: 'the same at 12, and an instance of each function dies every minute, and all are replaced every five',
    crashesPerMinute: 1,
    deployEveryMinutes: 5,
  },
  'four-days-outage': {
    summary: 'the gateway is down for four days, and pushes live for three',
    pushesPerSecond: 12,
    settings: { LIFETIME_SECONDS: '259200' },
    createGateway: () => during(start, 4 * day, deadGateway),
    endsAfterMs: 5 * day,
    expect: ({ retentionEnded }) => (retentionEnded > 0 ? ['The retention of pushes ended before their lives.'] : []),
  },
  slow: {
    summary: 'the gateway takes 3 to 6 s for an answer for an hour, which is often too long',
    pushesPerSecond: 12,
    ...troubled(hour, () => slowGateway(3000, 6000)),
    expect: (account) => [...noneExpired(account), ...fewTwice(account)],
  },
  'very-slow': {
    summary: 'the same with 6 to 9 s, which is always too long at first',
    pushesPerSecond: 12,
    ...troubled(hour, () => slowGateway(6000, 9000)),
    expect: noneExpired,
  },
  'large-batches': {
    summary: 'the same, with batches of up to 200 pushes, 10 of them at once',
    pushesPerSecond: 50,
    settings: { BATCH_RECORDS: '200', BATCH_WINDOW_SECONDS: '5', CONCURRENCY: '10' },
    createGateway: () => during(start, hour, slowGateway(3000, 6000)),
    expect: noneExpired,
  },
  throttling: {
    summary: 'the gateway takes 5 pushes a second for an hour, and asks for fewer with 429 and Retry-After',
    pushesPerSecond: 12,
    ...troubled(hour, () => throttled(5)),
    expect: (account) => [...noneExpired(account), ...fewAttempts(account)],
  },
  'throttled-app': {
    summary: 'the gateway takes one push in two seconds of one app among a hundred, that sends a third of all',
    pushesPerSecond: 12,
    mix: { apps: 100, firstAppShare: 0.33 },
    ...troubled(hour, () => {
      const limited = throttled(0.5, 1);
      return (...attempt) => (attempt[0].push.appId === 'com.example.app0' ? limited : healthyGateway)(...attempt);
    }),
    expect: (account) => [...noneExpired(account), ...fewAttempts(account), ...othersInTime(account)],
  },
  flapping: {
    summary: 'the gateway comes and goes for six hours, every ten seconds or so',
    pushesPerSecond: 12,
    ...troubled(6 * hour, () => (attempt, at, chance) => {
      const isUp = chanceOf(1, Math.floor(at / (10 * second))) < 0.5;
      return (isUp ? healthyGateway : deadGateway)(attempt, at, chance);
    }),
    expect: noneExpired,
  },
  'flapping-by-chance': {
    summary: 'the same, in a way that differs by the seed',
    pushesPerSecond: 12,
    ...troubled(6 * hour, () => {
      /** By the number of ten seconds. */
      const ups = new Map<number, boolean>();
      return (attempt, at, chance) => {
        const index = Math.floor(at / (10 * second));
        const isUp = ups.get(index) ?? (index > 0 && chance.hits(0.5));
        ups.set(index, isUp);
        return (isUp ? healthyGateway : deadGateway)(attempt, at, chance);
      };
    }),
    expect: noneExpired,
  },
  lying: {
    summary: 'the gateway denies what it has taken, confirms what it has not, and calls living devices unregistered',
    pushesPerSecond: 12,
    createGateway: () => lyingGateway,
    expect: noneExpired,
  },
  'odd-answers': {
    summary: 'the gateway answers 302, 408, 410, 425 and 451, asks to wait until a date or for years, and cuts bodies',
    pushesPerSecond: 12,
    mix: { deadShare: 0, refusedShare: 0, twinShare: 0 },
    createGateway: () => oddGateway,
    expect({ sent, givenUp }) {
      const { unregistered, rejected, expired } = givenUp;
      const isRight = unregistered === countOf(sent, 0) && rejected === countOf(sent, 3) + countOf(sent, 7);
      return [
        ...faultIf(expired, 'a push is given up because of its age'),
        ...(isRight ? [] : ['An odd answer is misread.']),
      ];
    },
  },
  'dead-app': {
    summary: 'the pushes of one app among a hundred, a third of all, get no answer for six hours',
    pushesPerSecond: 12,
    mix: { apps: 100, firstAppShare: 0.33 },
    ...troubled(
      6 * hour,
      () => (attempt, at, chance) =>
        attempt.push.appId === 'com.example.app0' ? { kind: 'hang' } : healthyGateway(attempt, at, chance),
    ),
    expect: (account) => [...noneExpired(account), ...othersInTime(account)],
  },
  crashes: {
    summary: 'instances of each function die six times a minute, and all are replaced every minute',
    pushesPerSecond: 12,
    createGateway: () => healthyGateway,
    crashesPerMinute: 6,
    deployEveryMinutes: 1,
    expect: noneExpired,
  },
  'clock-skew': {
    summary: 'clocks are up to two minutes fast or slow, and a third of the pushes have a time to live',
    pushesPerSecond: 12,
    skewMs: 2 * minute,
    mix: { ttlShare: 0.33 },
    createGateway: () => during(start, hour, deadGateway),
    // Three of four times to live are over before the outage is.
    expect: ({ accepted, givenUp: { expired } }) =>
      expired > 0.35 * accepted ? ['Pushes without a time to live expire.'] : [],
  },
  'times-to-live': {
    summary: 'clients send batches, most of them with a time to live, and the gateway is down for three minutes',
    pushesPerSecond: 5,
    batchPushes: 5,
    mix: { ttlShare: 0.8 },
    ...troubled(3 * minute, () => deadGateway, 10 * second),
  },
  'queue-trouble': {
    summary: 'SQS and SNS lose answers, refuse entries, hand out pushes twice and out of order, and forget deletes',
    pushesPerSecond: 12,
    createGateway: () => during(start, hour, deadGateway),
    services: () => ({ refused: 0.03, requestLost: 0.01, answerLost: 0.02, entryFailure: 0.03 }),
    queue: () => ({ duplicate: 0.02, forgetDelete: 0.02, reorder: 1000 }),
    mapping: () => ({ lostReceive: 0.02, throttled: 0.02, lostDelete: 0.02 }),
    expect: noneExpired,
  },
  'queue-outage': {
    summary: 'SQS and SNS answer nothing for five minutes, twice',
    pushesPerSecond: 0.1,
    createGateway: () => healthyGateway,
    services: (at) => ({ requestLost: at % (10 * minute) > 5 * minute && at < 20 * minute ? 1 : 0 }),
    expect: (account) => [
      ...noneExpired(account),
      ...(account.accepted > 30 && account.refusals === 0 ? ['SQS was never away.'] : []),
    ],
  },
  'sns-outage': {
    summary: 'SNS answers nothing for a minute, and a tenth of the devices are unregistered',
    pushesPerSecond: 0.5,
    mix: { deadShare: 0.1 },
    createGateway: () => healthyGateway,
    topic: (at) => ({ requestLost: at > 10 * second && at < 70 * second ? 1 : 0 }),
    expect: noneExpired,
  },
  'wrong-address': {
    summary: 'the address of the gateway is wrong for two hours: it answers 404 to all',
    pushesPerSecond: 12,
    mix: { deadShare: 0 },
    ...troubled(2 * hour, () => notFound, 0),
    expect: nonePruned,
  },
  'wrong-address-pages': {
    summary: 'a proxy answers a page to some for two hours, and 404 to the others',
    pushesPerSecond: 12,
    mix: { deadShare: 0 },
    createGateway: () =>
      during(0, 2 * hour, (attempt, at, chance) =>
        attempt.content % 3 === 0
          ? { kind: 'pretend', ms: chance.between(20, 100), style: 'page' }
          : notFound(attempt, at, chance),
      ),
    expect: nonePruned,
  },
  'lost-names': {
    summary: 'the name of the gateway is not found for most attempts, for an hour',
    pushesPerSecond: 12,
    ...troubled(
      hour,
      () => (attempt, at, chance) =>
        chance.hits(0.6) ? { kind: 'address fault', ms: chance.between(1, 50) } : healthyGateway(attempt, at, chance),
    ),
    expect: noneExpired,
  },
  'refusals-in-outage': {
    summary: 'the gateway fails all but a few unregistered devices, which it still refuses, for an hour',
    pushesPerSecond: 12,
    mix: { deadShare: 0.1 },
    ...troubled(
      hour,
      () => (attempt, at, chance) => (attempt.push.isDead ? notFound : deadGateway)(attempt, at, chance),
    ),
    expect: noneExpired,
  },
  twins: {
    summary: 'a third of the pushes are sent twice, at 100 a second, and a fifth of the attempts fail',
    pushesPerSecond: 100,
    mix: { twinShare: 0.5 },
    createGateway: () => (attempt, at, chance) =>
      chance.hits(0.2) ? { kind: 'answer', ms: 50, status: 500 } : healthyGateway(attempt, at, chance),
    expect: (account) => [
      ...noneExpired(account),
      ...(account.shared < account.accepted / 100 ? ['Pushes share no attempts.'] : []),
    ],
  },
  'refused-entries': {
    summary: 'SQS and SNS refuse a tenth of the entries of batches, and a third of the devices are unregistered',
    pushesPerSecond: 12,
    mix: { deadShare: 0.3 },
    createGateway: () => healthyGateway,
    refusedEntries: 0.1,
    expect: noneExpired,
  },
  'refused-entries-of-requests': {
    summary: 'clients send up to 25 pushes in a request, and SQS and SNS refuse a tenth of the entries of batches',
    ...{ pushesPerSecond: 50, batchPushes: 25, refusedEntries: 0.1 },
    createGateway: () => healthyGateway,
    expect: (account) => [...noneExpired(account), ...fewRefused(account)],
  },
  'batched-requests': {
    summary: 'clients send up to 25 pushes in a request, and SQS and SNS refuse entries and lose answers',
    pushesPerSecond: 50,
    batchPushes: 25,
    createGateway: () => healthyGateway,
    services: () => ({ refused: 0.02, requestLost: 0.02, answerLost: 0.02, entryFailure: 0.1 }),
    expect: noneExpired,
  },
  strangers: {
    summary: 'somebody else puts messages on the queue that are no pushes',
    pushesPerSecond: 12,
    createGateway: () => healthyGateway,
    strangersPerMinute: 120,
    expect: ({ givenUp: { malformed } }) => (malformed === 0 ? ['No message was called malformed.'] : []),
  },
  redrives: {
    summary: 'an operator redrives all dead letters after an hour and after two, and most devices are registered again',
    pushesPerSecond: 12,
    mix: { deadShare: 0.1, ttlShare: 0.1 },
    createGateway: () => during(0, 50 * minute, healthyGateway, lateRegistrations),
    redriveAtMinutes: [60, 120],
    expect: (account) => [...noneExpired(account), ...mostRegisteredAgain(account)],
  },
  'saturated-outage': saturatedOutage,
  'retention-loss': retentionLoss,
  ...outages,
  ...refusals,
  'unknown-host': {
    summary: 'the host name of the gateway is not found for two hours',
    pushesPerSecond: 12,
    createGateway: () =>
      during(start, 2 * hour, (_attempt, _at, chance) => ({ kind: 'address fault', ms: chance.between(1, 50) })),
    expect: noneExpired,
  },
};

/** The first attempts of each instance find out that the gateway is slow. */
function fewTwice({ accepted, duplicated }: Account): string[] {
  return duplicated > 20 + accepted / 20 ? [`Of ${String(accepted)} pushes, ${String(duplicated)} arrive twice.`] : [];
}

/** An entry that SQS refuses is sent once more, so that a hundredth is refused in place of a tenth. */
function fewRefused({ sent, refusals }: Account): string[] {
  return refusals > 3 + sent / 25 ? faultIf(refusals, 'a client sends a push again that SQS would have taken') : [];
}

/** A gateway that takes fewer pushes than come sees few more than it takes. */
function fewAttempts({ attempts: { median, p99 } }: Account): string[] {
  return median > 2 || p99 > 8
    ? [`Pushes to a throttling gateway take ${String(median)} attempts, and up to ${String(p99)}.`]
    : [];
}

/** A push that shares a batch with one that gets no answer, or meets an outage that is none, waits for a few seconds. */
function othersInTime({ delaySecondsOfApps: [, ...others] }: Account): string[] {
  const starved = others.filter(({ max }) => max > 60).length;
  return faultIf(starved, 'an app waits for more than a minute because of another one');
}

/** Each instance gives up the pushes to a few devices before it suspects the address, but never calls them confirmed. */
function nonePruned({ confirmed }: Account): string[] {
  return faultIf(confirmed, 'a device is pruned');
}

/** Creates a gateway with a bucket of tokens. */
function throttled(pushesPerSecond: number, mostAtOnce = pushesPerSecond): GatewayPlan {
  let tokens = mostAtOnce;
  let filledAt = 0;
  return (attempt, at, chance) => {
    tokens = Math.min(mostAtOnce, tokens + ((at - filledAt) / second) * pushesPerSecond);
    filledAt = at;
    if (tokens < 1) return { kind: 'answer', ms: 10, status: 429, retryAfterSeconds: 30 };
    tokens -= 1;
    return healthyGateway(attempt, at, chance);
  };
}

/** Of the tenth of the devices that are unregistered, a third still is when their pushes are redriven. */
function mostRegisteredAgain({ accepted, givenUp: { unregistered } }: Account): string[] {
  return accepted > 100 && unregistered > 0.07 * accepted ? ['Redriven pushes do not arrive.'] : [];
}

/** A third of the devices that were unregistered still is. */
function lateRegistrations(...[attempt, at, chance]: Parameters<GatewayPlan>): Behaviour {
  const isDead = attempt.push.isDead && attempt.content % 3 === 0;
  return healthyGateway({ ...attempt, push: { ...attempt.push, isDead } }, at, chance);
}

/** How many numbers below one have a last digit. */
function countOf(end: number, digit: number): number {
  return Math.floor((end + 9 - digit) / 10);
}

/** A gateway whose answer depends on the last digit of a push. */
function oddGateway(...[attempt, at, chance]: Parameters<GatewayPlan>): Behaviour {
  const ms = chance.between(20, 150);
  const answer = { kind: 'answer', ms } as const;
  const passing: Readonly<Record<number, Behaviour>> = {
    1: { ...answer, status: 408 },
    2: { ...answer, status: 425 },
    4: { ...answer, status: 503, retryAfterSeconds: 100, isDate: true },
    5: { ...answer, status: 503, retryAfterSeconds: 1_000_000_000 },
    6: { kind: 'cut', ms },
  };
  const lasting: Readonly<Record<number, Behaviour>> = {
    0: { ...answer, status: 410 },
    3: { ...answer, status: 302 },
    7: { ...answer, status: 451 },
  };
  const digit = attempt.content % 10;
  return lasting[digit] ?? (chance.hits(0.5) ? passing[digit] : undefined) ?? healthyGateway(attempt, at, chance);
}

function lyingGateway(...[attempt, at, chance]: Parameters<GatewayPlan>): Behaviour {
  const ms = chance.between(20, 150);
  const lie = chance.next();
  if (lie < 0.05) return { kind: 'take and deny', ms, status: 500 };
  if (lie < 0.08) return { kind: 'take and hang' };
  if (lie < 0.12) return { kind: 'answer', ms, status: 500, inBody: true };
  if (lie < 0.14) return { kind: 'pretend', ms, style: 'page' };
  if (lie < 0.15) return { kind: 'pretend', ms, style: 'text' };
  if (lie < 0.16) return { kind: 'answer', ms, status: 404 };
  return healthyGateway(attempt, at, chance);
}
