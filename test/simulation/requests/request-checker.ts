import type { RequestRuleContext } from './context.ts';
import type { HistoryRecord } from '../history.ts';
import type { Rules } from '../rules/rules.ts';
import { createAnswerRules, type AnswerCounts } from './answer-rules.ts';
import { createRequestFacts } from './facts.ts';
import { createKeyRules } from './key-rules.ts';
import { createQueueRules, type Excuses } from './queue-rules.ts';

/** What became of the requests of a run. */
export interface RequestAccount extends Readonly<AnswerCounts> {
  readonly requests: number;
  readonly calls: number;
  /** Pushes that were queued again, by the reason for which they may be. */
  readonly queuedAgain: Readonly<Excuses>;
}

/** What the checker gets of the requests of a run besides the history. */
export interface RequestEvidence {
  /** The number of the device of a push. */
  readonly deviceOfPush: (push: number) => number;
}

/** Creates the rules of requests, keys and accounts, and what takes in the history for them after each record. */
export function createRequestChecker(others: Omit<RequestRuleContext, 'requestFacts'>) {
  const requestFacts = createRequestFacts();
  const context = { ...others, requestFacts };
  const queueRules = createQueueRules(context);
  const answerRules = createAnswerRules(context);
  return {
    rules: [createKeyRules(context), queueRules, answerRules] satisfies readonly Rules[],
    learn: (record: HistoryRecord) => {
      requestFacts.learn(record);
    },
    account: (): RequestAccount => ({ ...requestFacts.count, ...answerRules.counts, queuedAgain: queueRules.excuses }),
  };
}
