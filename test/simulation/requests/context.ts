import type { Findings } from '../rules/findings.ts';
import type { RequestFacts } from './facts.ts';

/** What the rules of requests need. */
export interface RequestRuleContext {
  readonly requestFacts: RequestFacts;
  readonly findings: Findings;
  readonly skewMs: number;
  /** Whether each call to SQS has its effect and its answer. */
  readonly areServicesSound: boolean;
  /** Whether each call to the table of devices has. */
  readonly isTableSound: boolean;
}
