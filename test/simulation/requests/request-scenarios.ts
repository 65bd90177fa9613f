import { faultIf, type Account } from '../checker.ts';
import { deadGateway, healthyGateway, minute, noneExpired, troubled, type Scenario } from '../scenario.ts';

const common = {
  pushesPerSecond: 12,
  mix: { deadShare: 0 },
  createGateway: () => healthyGateway,
} as const;

/** Requests with an Idempotency-Key, and pushes to accounts. */
export const requestScenarios: Readonly<Record<string, Scenario>> = {
  accounts: {
    ...common,
    summary: 'clients push to accounts, whose devices come and go',
    requests: { accountShare: 0.8, keyShare: 0, lostAnswers: 0 },
    expect: (account) => [...noneExpired(account), ...noneAgain(account)],
  },
  'idempotent-requests': {
    ...common,
    summary: 'clients repeat requests with a key, also before they have an answer, and a few use a key twice',
    requests: {},
    expect: (account) => [...noneExpired(account), ...noneAgain(account)],
  },
  'idempotent-a-day-later': {
    ...common,
    summary: 'clients repeat half of the requests with a key after 23.5 or 25 hours',
    requests: { dayLaterShare: 0.5, lostAnswers: 0 },
    expect: ({ requests }) =>
      (requests?.queuedAgain.dayLater ?? 0) > 0 ? [] : ['No request is repeated after its answer is forgotten.'],
  },
  'idempotent-with-crashes': {
    ...common,
    summary: 'the same, while instances die, DynamoDB and SQS lose answers and throttle, and clocks differ',
    requests: { keyShare: 0.9, lostAnswers: 0.2, impatientShare: 0.4, forgetfulShare: 0.3 },
    crashesPerMinute: 6,
    deployEveryMinutes: 5,
    skewMs: 100,
    services: () => ({ refused: 0.05, requestLost: 0.2, answerLost: 0.3, entryFailure: 0.05 }),
    table: () => ({ throttled: 0.1, stale: 0.5 }),
    expect: noneExpired,
  },
  'requests-with-times-to-live': {
    ...common,
    summary:
      'clients push to accounts, most of the requests have a time to live, and the gateway is down for three minutes',
    mix: { deadShare: 0, ttlShare: 0.8 },
    requests: { accountShare: 0.5 },
    ...troubled(3 * minute, () => deadGateway),
  },
  'table-outage': {
    ...common,
    summary: 'DynamoDB answers nothing for ten minutes',
    pushesPerSecond: 0.25,
    requests: { keyShare: 0.3 },
    table: (at) => ({ requestLost: at > minute && at < 11 * minute ? 1 : 0 }),
    expect: noneExpired,
  },
};

/** Each key queues its pushes once. */
function noneAgain({ requests }: Account): string[] {
  const { refused = 0, unanswered = 0, notKept = 0, sameCall = 0 } = requests?.queuedAgain ?? {};
  const again = refused + unanswered + notKept + sameCall;
  return faultIf(again, 'a push with a key is queued again');
}
