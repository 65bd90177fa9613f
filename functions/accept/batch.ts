import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { metricsBlob, type Dimensions, type MetricName } from '../../shared/aws/metrics.ts';
import { describeError, type Log } from '../../shared/log.ts';
import type { Field } from '../../shared/push/form.ts';
import type { QueuedPush } from '../../shared/push/queued-push.ts';
import { describePush } from '../../shared/push/redaction.ts';
import type { Fault, PushRules } from '../../shared/push/validation.ts';
import type { RegisteredDevice } from '../../shared/registry/device.ts';
import type { Client } from './access.ts';
import type { Item } from '../../shared/push/json-body.ts';
import {
  acceptedResponse,
  describeProblem,
  problemKinds,
  problemResponse,
  resultOfId,
  resultOfProblem,
  type Problem,
} from './problem.ts';
import { readPush, type ClientPushReading } from './push.ts';
import type { SentPushes } from './queue.ts';

export interface BatchDependencies {
  /** Puts pushes on the queue until the signal aborts. Never rejects. */
  readonly enqueueBatch: (pushes: readonly QueuedPush[], abortSignal: AbortSignal) => Promise<SentPushes>;
  /** The devices of an account, from the registry. Rejects if the table does not answer until the signal aborts. */
  readonly devicesOf: (account: string, abortSignal: AbortSignal) => Promise<readonly RegisteredDevice[]>;
  readonly rules: PushRules;
  /** The maximum for one push. */
  readonly maxBodyBytes: number;
  /** Sent to the client when the queue cannot take a push. */
  readonly retryAfterSeconds: number;
  readonly dimensions: Dimensions;
  readonly now: () => number;
  readonly log: Log;
}

type Refusal = Extract<ClientPushReading, { readonly ok: false }>;

/** What became of one push of a batch. */
type Ending = { readonly ok: true; readonly id: string } | Refusal;

/** A push that was not accepted, with its place in the batch. */
type Refused = Omit<Refusal, 'ok'> & { readonly index: number };

/** The maximum number of refused pushes that the log line of a batch describes. */
const describedRefusals = 3;

/**
 * Queues the valid pushes of a batch, and answers with one result per push, in their order. Never rejects.
 * @param envelope what each queued push has besides its parameters.
 * @param abortSignal aborts when the answer is due: what the queue has not confirmed by then must be sent again.
 */
export async function acceptBatch(
  items: readonly Item[],
  client: Client,
  envelope: Omit<QueuedPush, 'push'>,
  dependencies: BatchDependencies,
  abortSignal: AbortSignal,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { enqueueBatch, retryAfterSeconds } = dependencies;
  const readings = items.map((item) => {
    const reading = readItem(item, client, dependencies);
    return reading.ok ? { ok: true as const, queued: { push: reading.push, ...envelope } } : reading;
  });
  const valid = readings.flatMap((reading) => (reading.ok ? [reading.queued] : []));
  const { ids, error } = await enqueueBatch(valid, abortSignal);
  const unavailable: Problem = { kind: 'queue-unavailable', retryAfterSeconds };
  const endings = readings.map((reading): Ending => {
    if (!reading.ok) return reading;
    const id = ids.get(reading.queued);
    if (id !== undefined) return { ok: true, id };
    return { ok: false, problem: unavailable, fields: describePush(reading.queued.push) };
  });
  const refused = endings.flatMap((ending, index) => (ending.ok ? [] : [{ index, ...ending }]));
  logBatch({ pushes: items.length, refused, error, key: client.name }, dependencies);
  return batchResponse(endings, refused, retryAfterSeconds);
}

function readItem(
  item: Item,
  client: Client,
  { rules, maxBodyBytes }: Pick<BatchDependencies, 'rules' | 'maxBodyBytes'>,
): ClientPushReading {
  if (!item.ok) return refusal(item.fault);
  if (bytesOf(item.fields) <= maxBodyBytes) return readPush(item.fields, client, rules);
  return refusal({ code: 'too-large', detail: `The push is larger than ${String(maxBodyBytes)} bytes.` });
}

interface LoggedBatch {
  /** The number of pushes. */
  readonly pushes: number;
  readonly refused: readonly Refused[];
  /** Why the queue did not take one of them. */
  readonly error: Error | undefined;
  readonly key: string | undefined;
}

/** Logs the metrics of a batch, in one line with its refused pushes, if there are any. */
function logBatch(
  { pushes, refused, error, key }: LoggedBatch,
  { dimensions, now, log }: Pick<BatchDependencies, 'dimensions' | 'now' | 'log'>,
): void {
  const counts: Partial<Record<MetricName, number>> = { Accepted: pushes - refused.length };
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
  const fields = { key, pushes, refused: refused.length, first, ...(error && { error: describeError(error) }) };
  log[refused.some(isUnavailable) ? 'error' : 'warn']('pushes of a batch refused', { ...fields, ...blob });
}

function batchResponse(
  endings: readonly Ending[],
  refused: readonly Refused[],
  retryAfterSeconds: number,
): APIGatewayProxyStructuredResultV2 {
  const results = endings.map((ending) => (ending.ok ? resultOfId(ending.id) : resultOfProblem(ending.problem)));
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
  return problem.kind === 'queue-unavailable';
}

function refusal(fault: Fault): Refusal {
  return { ok: false, problem: { kind: 'invalid-parameters', faults: [fault] }, fields: {} };
}

/** The size of a push for the limit of one, which in a batch is that of its names and values. */
function bytesOf(fields: readonly Field[]): number {
  return fields.reduce(
    (bytes, field) => bytes + Buffer.byteLength(field.name) + ('value' in field ? Buffer.byteLength(field.value) : 0),
    0,
  );
}
