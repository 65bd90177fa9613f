import type { SQSEvent } from 'aws-lambda';
import { answerQuestions, loadHandler } from '../answering.ts';
import { lambdaContext } from '../../local/lambda-context.ts';
import { queuedPushes } from '../events.ts';

/** An instance that delivers batches of pushes, one after another. */
type Handler = (
  event: SQSEvent,
  context: unknown,
  forms: readonly string[],
) => Promise<{ batchItemFailures: unknown[] } | undefined>;

const [bundle = ''] = process.argv.slice(2);
const handler = await loadHandler<Handler>(bundle);

answerQuestions(async (question) => {
  const { records, batches } = question as { records: number; batches: number };
  const prepared = Array.from({ length: batches }, () => queuedPushes(records, Date.now()));
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  for (const { event, forms } of prepared) {
    const answer = await handler(event, lambdaContext(29_000), forms);
    if (answer && answer.batchItemFailures.length > 0) throw new Error('a push was not delivered');
  }
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { cpuUs: (user + system) / (records * batches), batchMs: wallMs / batches };
});
