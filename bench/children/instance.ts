import { pathToFileURL } from 'node:url';
import { answerQuestions, measured } from '../answering.ts';
import { batchEvent, contextOf, pushEvent, queuedPushes, randomForm } from '../events.ts';

/** What an instance is asked to do, one invocation after another, as Lambda does it. */
export type Work =
  | { readonly kind: 'pushes'; readonly invocations: number }
  | { readonly kind: 'push-batches'; readonly invocations: number; readonly pushes: number }
  | { readonly kind: 'batches'; readonly invocations: number; readonly records: number }
  | { readonly kind: 'events'; readonly events: readonly object[] };

/** The bare pool takes the forms, everything else the event. */
type Handler = (event: unknown, context: unknown, forms?: readonly string[]) => Promise<Answer | undefined>;

interface Answer {
  readonly statusCode?: number;
  readonly body?: string;
  readonly batchItemFailures?: readonly unknown[];
}

const [bundle = ''] = process.argv.slice(2);
const { handler } = (await import(pathToFileURL(bundle).href)) as { handler: Handler };

answerQuestions((question) => {
  const invocations = invocationsOf(question as Work);
  return measured(async () => {
    for (const { event, forms, pushes } of invocations) {
      const {
        statusCode = 202,
        body = '',
        batchItemFailures = [],
      } = (await handler(event, contextOf(840_000), forms)) ?? {};
      const isTaken = statusCode < 300 && (pushes === undefined || body.split('"id":').length === pushes + 1);
      if (!isTaken || batchItemFailures.length > 0) throw new Error(`${bundle} did not take a push`);
    }
  });
});

interface Invocation {
  readonly event: unknown;
  readonly forms?: readonly string[];
  /** The pushes of a request to the intake, each of which gets an id. */
  readonly pushes?: number;
}

function invocationsOf(work: Work): Invocation[] {
  switch (work.kind) {
    case 'pushes':
      return Array.from({ length: work.invocations }, () => ({ event: pushEvent(randomForm()), pushes: 1 }));
    case 'push-batches': {
      const { invocations, pushes } = work;
      return Array.from({ length: invocations }, () => ({ event: batchEvent(pushes), pushes }));
    }
    case 'batches':
      return Array.from({ length: work.invocations }, () => queuedPushes(work.records, Date.now()));
    case 'events':
      return work.events.map((event) => ({ event }));
    default:
      return work satisfies never;
  }
}
