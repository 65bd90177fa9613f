import pMap from 'p-map';
import type { RecordOutcome } from './policy/decision.ts';
import { encodeForm } from '../../shared/push/form.ts';
import { judgeAnswer, judgeFailure, type Outcome } from './policy/outcome.ts';
import type { Outage } from './policy/outage.ts';
import type { Push } from '../../shared/push/push.ts';
import { hideParameters } from './hide-parameters.ts';
import { signalOf } from './policy/signal.ts';
import type { Gateway } from './gateway.ts';
import type { ReadRecord } from './record.ts';

export interface AttemptDependencies {
  readonly gateway: Pick<Gateway, 'post'>;
  readonly outage: Outage;
  /** Attempts under way at once. */
  readonly concurrency: number;
  /** Whether an attempt that starts now could still end in time. */
  readonly mayStart: () => boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A record with what came of it. */
export interface Attempted {
  readonly read: ReadRecord;
  readonly outcome: RecordOutcome;
  /** How long its attempt took, and when it ended in milliseconds since the epoch, where there was one. */
  readonly ms?: number;
  readonly endedAt?: number;
}

/** An attempt, of one push or of several with the same signal. */
export interface Attempt {
  readonly outcome: Outcome;
  readonly ms: number;
  readonly endedAt: number;
}

/** A batch after its attempts. */
export interface AttemptedBatch {
  /** Every record once, in any order. */
  readonly records: readonly Attempted[];
  readonly attempts: readonly Attempt[];
}

/** Records that one attempt serves. */
interface Group {
  readonly push: Push;
  /** The push as it goes to the gateway. */
  readonly form: string;
  readonly members: readonly ReadRecord[];
}

/**
 * Attempts the records of a batch, those with the same signal once, and tells what came of each.
 * Never throws: a record fails alone.
 */
export async function attemptBatch(
  records: readonly ReadRecord[],
  dependencies: AttemptDependencies,
): Promise<AttemptedBatch> {
  const { outage, concurrency } = dependencies;
  const { groups, malformed } = groupBySignal(records);

  const attempts: Attempt[] = [];

  const attempt = async (group: Group, isProbe: boolean): Promise<Attempted[]> => {
    const reason = whyNotTried(isProbe, dependencies);
    if (reason !== undefined) return group.members.map((read) => ({ read, outcome: reason }));
    const made = await attemptGroup(group, dependencies);
    attempts.push(made);
    const { outcome, ms, endedAt } = made;
    return group.members.map((read) => ({ read, outcome, ms, endedAt }));
  };

  // While the gateway is taken to be down, one attempt a batch asks whether it still is. The one with the fewest
  // receives behind it: what fails for its own sake has been received often.
  const [probe, ...others] = outage.isSuspected() ? groups.sort((a, b) => receives(a) - receives(b)) : [];
  const probed = probe === undefined ? [] : await attempt(probe, true);
  const rest = await pMap(probe === undefined ? groups : others, (group) => attempt(group, false), { concurrency });
  return { records: [...malformed, ...probed, ...rest.flat()], attempts };
}

function whyNotTried(isProbe: boolean, { outage, mayStart }: AttemptDependencies): RecordOutcome | undefined {
  if (!mayStart()) return { kind: 'untried', words: 'time' };
  if (outage.isSuspected() && !isProbe) return { kind: 'untried', words: 'outage' };
  return undefined;
}

async function attemptGroup({ push, form }: Group, { gateway, outage, now }: AttemptDependencies): Promise<Attempt> {
  const startedAt = now();
  const outcome = await attemptPush(push, form, gateway, now);
  outage.record(outcome);
  const endedAt = now();
  return { outcome, ms: endedAt - startedAt, endedAt };
}

async function attemptPush(
  push: Push,
  form: string,
  gateway: Pick<Gateway, 'post'>,
  now: () => number,
): Promise<Outcome> {
  const hide = (words: string) => hideParameters(words, push);
  try {
    return judgeAnswer(await gateway.post(form), now(), hide);
  } catch (error) {
    return judgeFailure(hide(error instanceof Error ? error.message : String(error)));
  }
}

function groupBySignal(records: readonly ReadRecord[]): { groups: Group[]; malformed: Attempted[] } {
  const groups: Group[] = [];
  const malformed: Attempted[] = [];
  const bySignal = new Map<string, ReadRecord[]>();
  for (const read of records) {
    if (!read.reading.ok) {
      malformed.push({ read, outcome: { kind: 'malformed', words: read.reading.why } });
      continue;
    }
    const { push } = read.reading.queued;
    const signal = signalOf(push);
    const others = signal === undefined ? undefined : bySignal.get(signal);
    if (others !== undefined) {
      others.push(read);
      continue;
    }
    const members = [read];
    // A signal is the form itself; encoded twice it would cost a fiftieth of all the CPU.
    groups.push({ push, form: signal ?? encodeForm(push.parameters), members });
    if (signal !== undefined) bySignal.set(signal, members);
  }
  return { groups, malformed };
}

function receives({ members }: Group): number {
  return Math.min(...members.map(({ record }) => Number(record.attributes.ApproximateReceiveCount)));
}
