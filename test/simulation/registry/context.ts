import type { Pair } from './mirror.ts';
import type { RegistryFacts } from './facts.ts';

/** What the checker gets of a run with a registry besides the history. */
export interface RegistryEvidence {
  readonly deviceOfPush: (push: number) => number;
  readonly devicesPerAccount: number;
  /** Whether nothing dies, and each call to a service has its effect, once, and its answer. */
  readonly isSound: boolean;
}

/** What the rules of the registry need. */
export interface RegistryRuleContext extends RegistryEvidence {
  readonly registry: RegistryFacts;
  readonly violate: (what: string, of: Pick<Pair, 'device' | 'account'>, words?: string) => void;
  /** How far the clocks of instances can be fast or slow. */
  readonly skewMs: number;
}

export const dayMs = 86_400_000;
/** Within this time after its acceptance, the verdict of a push is believed. */
export const promptMs = 60_000;
