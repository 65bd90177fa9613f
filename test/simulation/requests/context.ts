import type { RuleContext } from '../rules/rules.ts';
import type { RequestFacts } from './facts.ts';

/** What the rules of requests need. */
export interface RequestRuleContext extends Pick<
  RuleContext,
  'findings' | 'skewMs' | 'areServicesSound' | 'isTableSound'
> {
  readonly requestFacts: RequestFacts;
}
