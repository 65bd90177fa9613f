import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { metricsBlob, type Dimensions, type MetricName } from '../../shared/aws/metrics.ts';
import { describeError, type Log, type LogFields } from '../../shared/log.ts';
import type { Field } from '../../shared/push/form.ts';
import type { Item } from './json.ts';
import type { QueuedPush } from '../../shared/push/queued-push.ts';
import { describePush } from '../../shared/push/redaction.ts';
import type { Fault, PushRules } from '../../shared/push/validation.ts';
import type { Client } from './access.ts';
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
  readonly rules: PushRules;
  /** The maximum for one push. */
  readonly maxBodyBytes: number;
  /** Sent to the client when the queue cannot take a push. */
  readonly retryAfterSeconds: number;
  readonly dimensions: Dimensions;
  readonly now: () => number;
  readonly log: Log;
}

/** What became of one push of a batch. */
type Ending =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly problem: Problem; readonly fields: LogFields };

/** So many refused pushes of a batch are described in the log. */
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
  { enqueueBatch, rules, maxBodyBytes, retryAfterSeconds, dimensions, now, log }: BatchDependencies,
  abortSignal: AbortSignal,
): Promise<APIGatewayProxyStructuredResultV2> {
  const readItem = (item: Item): ClientPushReading => {
    if (!item.ok) return refusal(item.fault);
    if (bytesOf(item.fields) <= maxBodyBytes) return readPush(item.fields, client, rules);
    return refusal({ code: 'too-large', detail: `The push is larger than ${String(maxBodyBytes)} bytes.` });
  };
  const readings = items.map((item) => {
    const reading = readItem(item);
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
  const counts: Partial<Record<MetricName, number>> = { Accepted: ids.size };
  for (const { problem } of refused) {
    const { metric } = problemKinds[problem.kind];
    counts[metric] = (counts[metric] ?? 0) + 1;
  }
  const blob = metricsBlob(counts, dimensions, now());
  if (refused.length === 0) log.metrics(blob);
  else {
    const first = refused
      .slice(0, describedRefusals)
      .map(({ index, problem, fields }) => ({ index, ...describeProblem(problem), ...fields }));
    const fields = {
      pushes: items.length,
      refused: refused.length,
      first,
      ...(error && { error: describeError(error) }),
    };
    log[error === undefined ? 'warn' : 'error']('pushes of a batch refused', { key: client.name, ...fields, ...blob });
  }

  const results = endings.map((ending) => (ending.ok ? resultOfId(ending.id) : resultOfProblem(ending.problem)));
  const [firstRefused] = refused;
  const response = `${String(ids.size)} of ${String(items.length)} pushes were accepted.`;
  if (ids.size > 0 || firstRefused === undefined) {
    const isComplete = error === undefined;
    return acceptedResponse({ response, results }, isComplete ? {} : { 'retry-after': String(retryAfterSeconds) });
  }
  // A push that the queue did not take can be sent again, so it decides the status of the answer.
  const { index, problem } =
    refused.find((one) => one.problem.kind === 'queue-unavailable') ??
    refused.find((one) => one.problem.kind === 'invalid-parameters') ??
    firstRefused;
  const example = `[${String(index)}]: ${resultOfProblem(problem).response}`;
  return problemResponse(problem, { detail: `${response} ${example}`, results });
}

function refusal(fault: Fault): ClientPushReading {
  return { ok: false, problem: { kind: 'invalid-parameters', faults: [fault] }, fields: {} };
}

/** The size of a push for the limit of one, which in a batch is that of its names and values. */
function bytesOf(fields: readonly Field[]): number {
  return fields.reduce(
    (bytes, field) => bytes + Buffer.byteLength(field.name) + ('value' in field ? Buffer.byteLength(field.value) : 0),
    0,
  );
}
