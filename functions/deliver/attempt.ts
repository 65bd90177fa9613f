import { describeError } from '../../shared/log.ts';
import type { Parameter } from '../../shared/push/form.ts';
import { sharesAttempt, type Push } from '../../shared/push/push.ts';
import type { Gateway } from './gateway.ts';
import { hideParameters } from './hide-parameters.ts';
import { NoAnswerError } from './no-answer-error.ts';
import type { RecordOutcome } from './policy/decision.ts';
import type { Outage } from './policy/outage.ts';
import { judgeAnswer, type Outcome } from './policy/outcome.ts';
import type { Pace } from './policy/pace.ts';
import type { TimeLimit } from './policy/time-limit.ts';
import { isExpired, type Attempt, type AttemptedRecord, type ReceivedRecord } from './record.ts';

export interface AttemptDependencies {
  readonly gateway: Gateway;
  /** The body that the gateway receives for these parameters. */
  readonly encode: (parameters: readonly Parameter[]) => string;
  readonly outage: Outage;
  readonly timeLimit: TimeLimit;
  readonly pace: Pace;
  readonly concurrency: number;
  /** Whether an attempt that starts now and lasts as long would end in time. */
  readonly mayStart: (attemptMs: number) => boolean;
  readonly now: () => number;
}

const expired = {
  kind: 'expired',
  failure: 'not tried, because its time to live is over',
} as const satisfies RecordOutcome;

/**
 * `node:http` writes a request in the tick after it was made. Without ticks between them, the first of 500 requests would
 * wait 5 ms until the last is made.
 */
const startsPerTick = 50;
const nextTick = () =>
  new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });

/** Records that share one attempt. */
interface Group {
  readonly push: Push;
  /** The push as the gateway receives it. */
  readonly body: string;
  readonly members: readonly ReceivedRecord[];
}

/**
 * Attempts the records of a batch. Never throws: a record fails alone.
 * @returns every record once, in any order.
 */
export async function attemptBatch(
  records: readonly ReceivedRecord[],
  dependencies: AttemptDependencies,
): Promise<AttemptedRecord[]> {
  const { outage, timeLimit, pace, concurrency, mayStart, now } = dependencies;
  const { groups, malformed } = groupRecords(records, dependencies.encode);

  const attempt = async (group: Group, isProbe: boolean): Promise<AttemptedRecord[]> => {
    const startedAt = now();
    const end = (outcome: RecordOutcome, made?: Attempt) =>
      group.members.map((received) =>
        isExpired(received, startedAt)
          ? { ...received, outcome: expired }
          : { ...received, outcome, ...(made && { attempt: made }) },
      );
    const leave = (why: 'time' | 'outage', failure: string) => end({ kind: 'untried', why, failure });
    if (isGroupExpired(group, startedAt)) return end(expired);
    // Before the time: a probe without an answer leaves none, and the others wait for the gateway all the same.
    if (outage.isSuspected() && !isProbe) {
      return leave('outage', `not tried in an outage: ${outage.obstacle()}`);
    }
    const limitMs = timeLimit.ms(isProbe);
    if (!mayStart(limitMs)) return leave('time', 'not tried, because the function had no time left');
    const throttle = pace.take(group.push.appId, startedAt);
    if (throttle !== undefined) {
      const failure = 'not tried, because the gateway asked for fewer pushes of its app';
      return end({ kind: 'untried', why: 'throttled', failure, retryAfterMs: throttle.retryAfterMs });
    }
    const made = await attemptGroup(group, limitMs, dependencies);
    return end(made.outcome, made);
  };

  // During an outage, one attempt per batch probes the gateway: that of the push with the fewest receives, because a
  // push that fails for a reason of its own has been received often. An app whose pushes have failed comes last: it may
  // fail alone, and must not delay the pushes of the others. An expired push is not attempted at all.
  const rankedAt = now();
  const rank = (group: Group) => (isGroupExpired(group, rankedAt) ? 2 : Number(outage.hasFailed(group.push.appId)));
  const byProbe = (a: Group, b: Group) => rank(a) - rank(b) || receives(a) - receives(b);
  const attempted = [...malformed];
  if (outage.isSuspected()) {
    const [probe] = groups.sort(byProbe);
    if (probe !== undefined && outage.mayProbe(probe.push.appId, rankedAt)) {
      groups.shift();
      attempted.push(...(await attempt(probe, true)));
    }
  }
  // Workers that take the next group in turn: p-map costs 4 µs more for each push.
  const waiting = groups.values();
  const work = async () => {
    for (const group of waiting) attempted.push(...(await attempt(group, false)));
  };
  const workers: Promise<void>[] = [];
  for (let started = 0; started < Math.min(concurrency, groups.length); started += 1) {
    if (started % startsPerTick === 0) await nextTick();
    workers.push(work());
  }
  await Promise.all(workers);
  return attempted;
}

/** Groups the records whose pushes share an attempt. */
function groupRecords(
  records: readonly ReceivedRecord[],
  encode: AttemptDependencies['encode'],
): { groups: Group[]; malformed: AttemptedRecord[] } {
  const groups: Group[] = [];
  const malformed: AttemptedRecord[] = [];
  const sharedMembers = new Map<string, ReceivedRecord[]>();
  for (const received of records) {
    if (!received.reading.ok) {
      malformed.push({ ...received, outcome: { kind: 'malformed', failure: received.reading.why } });
      continue;
    }
    const { push } = received.reading.queued;
    const body = encode(push.parameters);
    const members = sharedMembers.get(body);
    if (members !== undefined) {
      members.push(received);
      continue;
    }
    const group = { push, body, members: [received] };
    groups.push(group);
    if (sharesAttempt(push)) sharedMembers.set(body, group.members);
  }
  return { groups, malformed };
}

async function attemptGroup(
  { push, body }: Group,
  limitMs: number,
  { gateway, outage, timeLimit, pace, now }: AttemptDependencies,
): Promise<Attempt> {
  const startedAt = now();
  const judge = async () =>
    judgeAnswer(await gateway.post(body, limitMs), now(), (words) => hideParameters(words, push));
  const outcome = await judge().catch(outcomeOfError);
  const endedAt = now();
  const ms = endedAt - startedAt;
  outage.record(outcome, push, { ms, endedAt });
  timeLimit.record(outcome, ms);
  pace.record(outcome, push.appId, startedAt, endedAt);
  return { outcome, ms, endedAt };
}

function outcomeOfError(error: unknown): Outcome {
  if (error instanceof NoAnswerError) {
    return { kind: 'transient', failure: error.message, ...(error.isAddressFault && { isAddressFault: true }) };
  }
  // A bug. The error's own message may quote the push.
  return { kind: 'transient', failure: `the attempt failed (${describeError(error).name})` };
}

function isGroupExpired({ members }: Group, at: number): boolean {
  return members.every((received) => isExpired(received, at));
}

function receives({ members }: Group): number {
  return Math.min(...members.map(({ receiveCount }) => receiveCount));
}
