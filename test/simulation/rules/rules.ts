import type { DeliveryPolicy } from '../../../functions/deliver/policy/decision.ts';
import type { HistoryRecord, KindName } from '../history.ts';
import type { Facts, PushEndings } from './facts.ts';
import type { Findings } from './findings.ts';

/** What the rules of one concern need. */
export interface RuleContext {
  readonly facts: Facts;
  readonly findings: Findings;
  readonly policy: DeliveryPolicy;
  /** How far the clocks of instances can be fast or slow. */
  readonly skewMs: number;
  /** Whether each call to SQS and SNS has its effect and its answer. */
  readonly areServicesSound: boolean;
  /** The same, except that entries of batches can be refused. */
  readonly areCallsDefinite: boolean;
  /** Whether each call to the table of devices has. */
  readonly isTableSound: boolean;
}

/** The rules of one concern, by the kind of record that they judge. They see the facts as they were before the record. */
export interface Rules {
  readonly on: Partial<Record<KindName, (record: HistoryRecord) => void>>;
  /** What shows at the end only. */
  readonly atEnd?: (endings: PushEndings) => void;
}
