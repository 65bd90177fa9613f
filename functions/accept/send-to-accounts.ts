import pMap from 'p-map';
import { describeError, type LogFields } from '../../shared/log.ts';
import type { QueuedPush } from '../../shared/push/queued-push.ts';
import { accountHash } from '../../shared/push/redaction.ts';
import { bounds, type Fault } from '../../shared/push/validation.ts';
import type { RegisteredDevice } from '../../shared/registry/device.ts';
import type { Client } from './access.ts';
import type { AccountPush } from './account-push.ts';
import type { Problem } from './problem.ts';
import type { SentPushes } from './queue.ts';

export interface SendingDependencies {
  /** The devices of an account, from the registry. Rejects if it does not answer before the signal aborts. */
  readonly devicesOf: (account: string, abortSignal: AbortSignal) => Promise<readonly RegisteredDevice[]>;
  /** Puts pushes on the queue until the signal aborts. Never rejects. */
  readonly enqueueBatch: (pushes: readonly QueuedPush[], abortSignal: AbortSignal) => Promise<SentPushes>;
  /** Sent to the client when the queue cannot take a push, or the registry does not answer. */
  readonly retryAfterSeconds: number;
}

/** When the calls for a request must end, so that its answer can name the pushes that are on the queue. */
export interface Deadlines {
  /** Leaves time for the queue. */
  readonly registry: AbortSignal;
  readonly queue: AbortSignal;
}

/** What became of a push to an account. */
type AccountEnding = { readonly ok: true; readonly ids: readonly string[] } | Refusal;

/** A push, to a device or to an account, that was not accepted. */
export interface Refusal {
  readonly ok: false;
  readonly problem: Problem;
  /** For the log. */
  readonly fields: LogFields;
  /** The ids of the pushes to devices of its account that are on the queue nevertheless. */
  readonly queued?: readonly string[];
}

/** How many accounts are looked up at a time. */
const lookupsAtOnce = 10;

const tooManyAccounts: Fault = {
  code: 'too-many',
  detail: `The batch names more than ${String(bounds.batchAccounts)} accounts: send this push in another batch.`,
};

const noRoom: Fault = {
  code: 'too-many',
  detail: `With one push for each device of its accounts, the batch has more than ${String(bounds.batchPushes)}: send this push in another batch.`,
};

/**
 * Queues a push for each device of each account. Never rejects. Devices of apps that the API key may not push to are left
 * out.
 * @param room the maximum number of devices.
 * @param envelope what each queued push has besides its parameters.
 * @returns what became of each of these pushes.
 */
export async function sendToAccounts(
  accountPushes: readonly AccountPush[],
  room: number,
  { appIds }: Client,
  envelope: Omit<QueuedPush, 'push'>,
  { devicesOf, enqueueBatch, retryAfterSeconds }: SendingDependencies,
  deadlines: Deadlines,
): Promise<(accountPush: AccountPush) => AccountEnding> {
  const lookUp = async (account: string) => {
    try {
      // The SDK encodes and signs a call before it looks at the signal.
      deadlines.registry.throwIfAborted();
      const devices = await devicesOf(account, deadlines.registry);
      return { devices: devices.filter(({ appId }) => appIds?.has(appId) !== false) };
    } catch (error) {
      return { error };
    }
  };
  const accounts = [...new Set(accountPushes.map(({ account }) => account))].slice(0, bounds.batchAccounts);
  const lookUps = await pMap(accounts, async (account) => [account, await lookUp(account)] as const, {
    concurrency: lookupsAtOnce,
  });
  const found = new Map(lookUps);

  let left = room;
  const prepare = (accountPush: AccountPush) => {
    const { account, pushTo } = accountPush;
    const refuse = (problem: Problem, fields: LogFields = {}) =>
      ({ ok: false, problem, fields: { ...describeAccountPush(accountPush), ...fields } }) as const;
    const lookedUp = found.get(account);
    if (lookedUp === undefined) return refuse({ kind: 'invalid-parameters', faults: [tooManyAccounts] });
    const { devices, error } = lookedUp;
    if (devices === undefined) {
      return refuse({ kind: 'registry-unavailable', retryAfterSeconds }, { error: describeError(error) });
    }
    if (devices.length === 0) return refuse({ kind: 'no-devices' });
    if (devices.length > left) return refuse({ kind: 'invalid-parameters', faults: [noRoom] });
    left -= devices.length;
    return { ok: true, pushes: devices.map((device) => ({ push: pushTo(device), ...envelope })) } as const;
  };
  const prepared = new Map(accountPushes.map((accountPush) => [accountPush, prepare(accountPush)]));
  const pushes = [...prepared.values()].flatMap((one) => (one.ok ? one.pushes : []));
  const { ids, error }: SentPushes =
    pushes.length > 0 ? await enqueueBatch(pushes, deadlines.queue) : { ids: new Map() };
  return (accountPush) => {
    const one = prepared.get(accountPush);
    if (one === undefined) throw new Error('not one of these pushes');
    if (!one.ok) return one;
    const queued = one.pushes.flatMap((push) => ids.get(push) ?? []);
    if (queued.length === one.pushes.length) return { ok: true, ids: queued };
    const fields = {
      ...describeAccountPush(accountPush),
      devices: one.pushes.length,
      ...(error && { error: describeError(error) }),
    };
    return { ok: false, problem: { kind: 'queue-unavailable', retryAfterSeconds }, fields, queued };
  };
}

function describeAccountPush({ verb, account }: AccountPush) {
  return { verb, account: accountHash(account) };
}
