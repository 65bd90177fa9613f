import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';

/** An instance of `deliver`, as it is deployed, in a thread of its own: so that it can be killed at any moment. */
const { handler } = createRequire(import.meta.url)('../../dist/deliver/index.cjs') as {
  handler: (event: SQSEvent, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<SQSBatchResponse>;
};

parentPort?.on('message', ({ event, timeoutMs }: { event: SQSEvent; timeoutMs: number }) => {
  const deadline = Date.now() + timeoutMs;
  handler(event, { getRemainingTimeInMillis: () => deadline - Date.now() }).then(
    (response) => parentPort?.postMessage(response),
    (error: unknown) => {
      throw error;
    },
  );
});
