import { pathToFileURL } from 'node:url';
import { answerQuestions, measured } from '../answering.ts';
import { contextOf, pushEvent, queuedPushes, randomForm } from '../events.ts';

/** What an instance is asked to do, one invocation after another, as Lambda does it. */
export type Work =
  | { readonly kind: 'pushes'; readonly invocations: number }
  | { readonly kind: 'batches'; readonly invocations: number; readonly records: number }
  | { readonly kind: 'events'; readonly events: readonly object[] };

/** The bare pool takes the forms, everything else the event. */
type Handler = (event: unknown, context: unknown, forms?: readonly string[]) => Promise<Answer | undefined>;

interface Answer {
  readonly statusCode?: number;
  readonly batchItemFailures?: readonly unknown[];
}

const [bundle = ''] = process.argv.slice(2);
const { handler } = (await import(pathToFileURL(bundle).href)) as { handler: Handler };

answerQuestions((question) => {
  const invocations = invocationsOf(question as Work);
  return measured(async () => {
    for (const { event, forms } of invocations) {
      const { statusCode = 202, batchItemFailures = [] } = (await handler(event, contextOf(840_000), forms)) ?? {};
      if (statusCode !== 202 || batchItemFailures.length > 0) throw new Error(`${bundle} did not take a push`);
    }
  });
});

function invocationsOf(work: Work): { readonly event: unknown; readonly forms?: readonly string[] }[] {
  switch (work.kind) {
    case 'pushes':
      return Array.from({ length: work.invocations }, () => ({ event: pushEvent(randomForm()) }));
    case 'batches':
      return Array.from({ length: work.invocations }, () => queuedPushes(work.records, Date.now()));
    case 'events':
      return work.events.map((event) => ({ event }));
    default:
      return work satisfies never;
  }
}
