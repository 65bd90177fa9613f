import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { metricsBlob, type Dimensions, type MetricName } from '../../shared/aws/metrics.ts';
import { describeError, type Log } from '../../shared/log.ts';
import type { Field } from '../../shared/push/form.ts';
import type { QueuedPush } from '../../shared/push/queued-push.ts';
import { describePush } from '../../shared/push/redaction.ts';
import { bounds, type Fault, type PushRules } from '../../shared/push/validation.ts';
import type { Client } from './access.ts';
import { namesAccount, readAccountPush, type AccountPush } from './account-push.ts';
import type { Item } from '../../shared/push/json-body.ts';
import {
  acceptedResponse,
  describeProblem,
  problemKinds,
  problemResponse,
  resultOfId,
  resultOfIds,
  resultOfProblem,
  type Problem,
  type PushResult,
} from './problem.ts';
import { readPush } from './push.ts';
import { sendToAccounts, type Deadlines, type Refusal, type SendingDependencies } from './send-to-accounts.ts';

export interface BatchDependencies extends SendingDependencies {
  readonly rules: PushRules;
  /** The maximum for one push. */
  readonly maxBodyBytes: number;
  readonly dimensions: Dimensions;
  readonly now: () => number;
  readonly log: Log;
}

type ItemReading =
  | { readonly kind: 'push'; readonly queued: QueuedPush }
  | { readonly kind: 'account-push'; readonly accountPush: AccountPush }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** What became of one push of a batch. */
type PushEnding = { readonly ok: true; readonly result: PushResult; readonly pushes: number } | Refusal;

/** A push that was not accepted, with its place in the batch. */
type Refused = Omit<Refusal, 'ok'> & { readonly index: number };

/** The maximum number of refused pushes that the log line of a batch describes. */
const describedRefusals = 3;

/**
 * Queues the valid pushes of a batch, and answers with one result per push, in their order. Never rejects.
 * @param envelope what each queued push has besides its parameters.
 * @param deadlines what the queue has not confirmed by then must be sent again.
 */
export async function acceptBatch(
  items: readonly Item[],
  client: Client,
  envelope: Omit<QueuedPush, 'push'>,
  dependencies: BatchDependencies,
  deadlines: Deadlines,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { enqueueBatch, retryAfterSeconds } = dependencies;
  const readings = items.map((item) => readItem(item, client, envelope, dependencies));
  const pushes = readings.flatMap((reading) => (reading.kind === 'push' ? [reading.queued] : []));
  const accountPushes = readings.flatMap((reading) => (reading.kind === 'account-push' ? [reading.accountPush] : []));
  const room = bounds.batchPushes - pushes.length;
  // At the same time, so that pushes with a DeviceToken do not wait for the registry.
  const [{ ids, error }, endingOf] = await Promise.all([
    enqueueBatch(pushes, deadlines.queue),
    sendToAccounts(accountPushes, room, client, envelope, dependencies, deadlines),
  ]);
  const unavailable: Problem = { kind: 'queue-unavailable', retryAfterSeconds };
  const endings = readings.map((reading): PushEnding => {
    switch (reading.kind) {
      case 'push': {
        const id = ids.get(reading.queued);
        if (id !== undefined) return { ok: true, result: resultOfId(id), pushes: 1 };
        return { ok: false, problem: unavailable, fields: describePush(reading.queued.push) };
      }
      case 'account-push': {
        const ending = endingOf(reading.accountPush);
        return ending.ok ? { ok: true, result: resultOfIds(ending.ids), pushes: ending.ids.length } : ending;
      }
      case 'refused':
        return reading.refusal;
      default:
        return reading satisfies never;
    }
  });
  const refused = endings.flatMap((ending, index) => (ending.ok ? [] : [{ index, ...ending }]));
  const accepted = endings.reduce((sum, ending) => sum + (ending.ok ? ending.pushes : 0), 0);
  logBatch({ pushes: items.length, accepted, refused, error, key: client.name }, dependencies);
  return batchResponse(endings, refused, retryAfterSeconds);
}

function readItem(
  item: Item,
  client: Client,
  envelope: Omit<QueuedPush, 'push'>,
  { rules, maxBodyBytes }: Pick<BatchDependencies, 'rules' | 'maxBodyBytes'>,
): ItemReading {
  const refuse = (refusal: Refusal) => ({ kind: 'refused', refusal }) as const;
  const refuseFor = (fault: Fault) =>
    refuse({ ok: false, problem: { kind: 'invalid-parameters', faults: [fault] }, fields: {} });
  if (!item.ok) return refuseFor(item.fault);
  const { fields } = item;
  if (bytesOf(fields) > maxBodyBytes) {
    return refuseFor({ code: 'too-large', detail: `The push is larger than ${String(maxBodyBytes)} bytes.` });
  }
  if (namesAccount(fields)) {
    const reading = readAccountPush(fields, rules);
    return reading.ok ? { kind: 'account-push', accountPush: reading.accountPush } : refuse(reading);
  }
  const reading = readPush(fields, client, rules);
  return reading.ok ? { kind: 'push', queued: { push: reading.push, ...envelope } } : refuse(reading);
}

interface LoggedBatch {
  /** The number of pushes, where one to an account is one. */
  readonly pushes: number;
  /** The number of pushes on the queue, where one to an account is one for each device. */
  readonly accepted: number;
  readonly refused: readonly Refused[];
  /** Why the queue did not take one of them. */
  readonly error: Error | undefined;
  readonly key: string | undefined;
}

/** Logs the metrics of a batch, in one line with its refused pushes, if there are any. */
function logBatch(
  { pushes, accepted, refused, error, key }: LoggedBatch,
  { dimensions, now, log }: Pick<BatchDependencies, 'dimensions' | 'now' | 'log'>,
): void {
  const counts: Partial<Record<MetricName, number>> = { Accepted: accepted };
  for (const { problem } of refused) {
    const { metric } = problemKinds[problem.kind];
    counts[metric] = (counts[metric] ?? 0) + 1;
  }
  const blob = metricsBlob(counts, dimensions, now());
  if (refused.length === 0) {
    log.metrics(blob);
    return;
  }
  const first = refused
    .slice(0, describedRefusals)
    .map(({ index, problem, fields }) => ({ index, ...describeProblem(problem), ...fields }));
  const queued = refused.flatMap((one) => one.queued ?? []);
  const fields = {
    ...{ key, pushes, refused: refused.length, first },
    ...(queued.length > 0 && { queued }),
    ...(error && { error: describeError(error) }),
  };
  log[refused.some(isUnavailable) ? 'error' : 'warn']('pushes of a batch refused', { ...fields, ...blob });
}

function batchResponse(
  endings: readonly PushEnding[],
  refused: readonly Refused[],
  retryAfterSeconds: number,
): APIGatewayProxyStructuredResultV2 {
  const results = endings.map((ending) => (ending.ok ? ending.result : resultOfProblem(ending.problem)));
  const accepted = endings.length - refused.length;
  const response = `${String(accepted)} of ${String(endings.length)} pushes were accepted.`;
  const unavailable = refused.find(isUnavailable);
  // A push that the queue did not take can be sent again, so it decides the status of the answer.
  const deciding = unavailable ?? refused.find(({ problem }) => problem.kind === 'invalid-parameters') ?? refused[0];
  if (accepted > 0 || deciding === undefined) {
    const headers = unavailable === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
    return acceptedResponse({ response, results }, headers);
  }
  const { index, problem } = deciding;
  const example = `[${String(index)}]: ${resultOfProblem(problem).response}`;
  return problemResponse(problem, { detail: `${response} ${example}`, results });
}

function isUnavailable({ problem }: Refused): boolean {
  return problem.kind === 'queue-unavailable' || problem.kind === 'registry-unavailable';
}

/** The size of a push for the limit of one, which in a batch is that of its names and values. */
function bytesOf(fields: readonly Field[]): number {
  return fields.reduce(
    (bytes, field) => bytes + Buffer.byteLength(field.name) + ('value' in field ? Buffer.byteLength(field.value) : 0),
    0,
  );
}
