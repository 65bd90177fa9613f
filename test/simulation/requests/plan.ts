import { encodeForm, type Parameter } from '../../../shared/push/form.ts';
import { parseQueuedPush } from '../../../shared/push/queued-push.ts';
import { chanceOf } from '../../support/random.ts';
import { createPushPlan, defaultMix, type Mix, type PlannedPush } from '../pushes/push-plan.ts';
import { deviceOfToken, isLimited, nameOfAccount, nameOfDevice, selectorOfDevice, type Accounts } from './accounts.ts';

/** How clients of a run name their requests, repeat them, and push to accounts. Shares are from 0 to 1. */
export interface RequestHabits {
  /** The share of requests with an Idempotency-Key. */
  readonly keyShare: number;
  /** The share of pushes to an account among those of requests. */
  readonly accountShare: number;
  /** The share of requests with several pushes. */
  readonly batchShare: number;
  /** The probability that a client does not hear an answer. */
  readonly lostAnswers: number;
  /** The share of requests with a key that are sent a second time before the first can have an answer. */
  readonly impatientShare: number;
  /** The share of requests with a key that are sent once more although they were accepted. */
  readonly forgetfulShare: number;
  /** The share of requests with a key that are sent once more half an hour before, or an hour after, a day has passed. */
  readonly dayLaterShare: number;
  /** The share of requests with a key that have the key of an earlier one. */
  readonly reuseShare: number;
}

export const defaultHabits: RequestHabits = {
  keyShare: 0.8,
  accountShare: 0.5,
  batchShare: 0.2,
  lostAnswers: 0.05,
  impatientShare: 0.1,
  forgetfulShare: 0.1,
  dayLaterShare: 0,
  reuseShare: 0.05,
};

/** One push as a client sends it: to a device, or to an account, which is one push for each of its devices. */
export interface PlannedItem {
  /** The number of its first push; the others follow in the order of the devices of the account. */
  readonly first: number;
  readonly pushes: number;
  readonly account: number | undefined;
}

export interface PlannedRequest {
  readonly number: number;
  readonly client: number;
  readonly items: readonly PlannedItem[];
  readonly isJson: boolean;
  /** Of all its pushes. */
  readonly ttlSeconds: number | undefined;
  readonly hasKey: boolean;
  /** The request whose key it has; absent: it has its own. */
  readonly reuses: number | undefined;
  readonly isImpatient: boolean;
  readonly isForgetful: boolean;
  readonly isDayLater: boolean;
}

export interface RequestPlan {
  readonly accounts: Accounts;
  readonly requests: readonly PlannedRequest[];
  readonly planOf: (push: number) => PlannedPush;
  /** What the client sends. */
  readonly parametersOf: (item: PlannedItem) => readonly Parameter[];
  /** The device of an account that a push is for; -1 if it is for a device that the client names. */
  readonly deviceOf: (push: number) => number;
  /** Whether the key of a client must not push to that device. */
  readonly isForbidden: (client: number, push: number) => boolean;
  /** The push with some parameters; -1 if there is none. */
  readonly pushOf: (parameters: readonly Parameter[]) => number;
}

/** Whether the API key of a client may push to some apps only. */
export function hasLimitedKey(client: number): boolean {
  return client === 1;
}

/** Both have keys of the same names, which must not be the same keys. */
export const clientCount = 2;
const mostItems = 5;
/** The number of the app that a limited key may not push to: after those of the mix. */
const limitedApp = defaultMix.apps;

/** Creates the plan of the requests of a run. Together they have as many pushes as the run. */
export function createRequestPlan(
  seed: number,
  pushes: number,
  mix: Partial<Mix>,
  habits: RequestHabits,
  accounts: Accounts,
): RequestPlan {
  const pushPlan = createPushPlan(seed, { ...defaultMix, ...mix, twinShare: 0 });
  /** The item of each push. */
  const items: PlannedItem[] = [];
  const requests: PlannedRequest[] = [];
  const hits = (share: number, number: number, concern: number) => chanceOf(seed, number, concern) < share;

  const addItem = (): PlannedItem => {
    const first = items.length;
    const account = Math.floor(chanceOf(seed, first, 311) * accounts.count);
    const { count } = accounts.devicesOf(account);
    const isToAccount = hits(habits.accountShare, first, 312) && first + count <= pushes;
    const item = isToAccount ? { first, pushes: count, account } : { first, pushes: 1, account: undefined };
    for (let push = 0; push < item.pushes; push += 1) items.push(item);
    return item;
  };
  while (items.length < pushes) {
    const number = requests.length;
    const first = items.length;
    const isBatch = hits(habits.batchShare, number, 313);
    const most = isBatch ? 2 + Math.floor(chanceOf(seed, number, 314) * (mostItems - 1)) : 1;
    const its: PlannedItem[] = [];
    while (its.length < most && items.length < pushes) its.push(addItem());
    const earlier = requests[number - clientCount];
    const reuses = earlier?.hasKey === true && earlier.reuses === undefined && hits(habits.reuseShare, number, 315);
    requests.push({
      ...{ number, client: number % clientCount, items: its },
      ttlSeconds: pushPlan(first).ttlSeconds,
      isJson: its.length > 1 || hits(0.3, number, 316),
      hasKey: reuses || hits(habits.keyShare, number, 317),
      reuses: reuses ? earlier.number : undefined,
      isImpatient: hits(habits.impatientShare, number, 318),
      isForgetful: hits(habits.forgetfulShare, number, 319),
      isDayLater: hits(habits.dayLaterShare, number, 320),
    });
  }

  /** The parameters of a push, with those that name its device in the place of others. */
  const withTarget = (push: number, target: readonly Parameter[]): Parameter[] => {
    const [verb, ...others] = pushPlan(push).parameters;
    const rest = others.filter(([name]) => !['AppId', 'DeviceToken', 'Selector'].includes(name));
    return [...(verb ? [verb] : []), ...target, ...rest];
  };
  const deviceOf = (push: number) => {
    const item = items[push];
    return item?.account === undefined ? -1 : accounts.devicesOf(item.account).first + push - item.first;
  };
  const planOf = (push: number): PlannedPush => {
    const item = items[push];
    const planned = { ...pushPlan(push), number: push, content: push };
    if (item?.account === undefined) return planned;
    const device = deviceOf(push);
    const { appId, deviceToken } = nameOfDevice(device);
    const target: readonly Parameter[] = [
      ['AppId', appId],
      ['DeviceToken', deviceToken],
      ['Selector', selectorOfDevice(device)],
    ];
    // The limited app is that of no other push.
    const app = isLimited(device) ? limitedApp : device % 3;
    return { ...planned, app, appId, parameters: withTarget(item.first, target) };
  };
  return {
    ...{ accounts, requests, planOf, deviceOf },
    isForbidden: (client, push) => hasLimitedKey(client) && isLimited(deviceOf(push)),
    parametersOf: ({ first, account }) =>
      account === undefined ? planOf(first).parameters : withTarget(first, [['Account', nameOfAccount(account)]]),
    pushOf(parameters) {
      const values = new Map(parameters);
      const item = items[Number(values.get('Id') ?? NaN)];
      if (item?.account === undefined) return item?.first ?? -1;
      const { first, count } = accounts.devicesOf(item.account);
      const place = deviceOfToken(values.get('DeviceToken') ?? '') - first;
      return place >= 0 && place < count ? item.first + place : -1;
    },
  };
}

/** The push of a message of the queue; -1 if it is none of the plan. */
export function pushOfRequestBody({ pushOf }: RequestPlan, body: string): number {
  const reading = parseQueuedPush(body);
  return reading.ok ? pushOf(reading.queued.push.parameters) : -1;
}

/** The push that the gateway gets as a form, and whether it is as it was sent; undefined if nobody sent it. */
export function pushOfRequestForm(plan: RequestPlan, form: string) {
  const number = plan.pushOf([...new URLSearchParams(form)]);
  if (number === -1) return undefined;
  const push = plan.planOf(number);
  return { content: number, isIntact: encodeForm(push.parameters) === form, push };
}
