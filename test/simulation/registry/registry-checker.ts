import type { HistoryRecord } from '../history.ts';
import type { Facts } from '../rules/facts.ts';
import type { Findings } from '../rules/findings.ts';
import type { Rules } from '../rules/rules.ts';
import { createAnswerRules } from './answer-rules.ts';
import type { RegistryEvidence, RegistryRuleContext } from './context.ts';
import { createEventRules } from './event-rules.ts';
import { createRegistryFacts } from './facts.ts';
import { stateOf } from './mirror.ts';
import { createWriteRules } from './write-rules.ts';

/** What became of the devices of a run. */
export interface RegistryAccount {
  readonly reports: number;
  readonly removals: number;
  /** Reports that were written. */
  readonly written: number;
  readonly unchanged: number;
  readonly outdated: number;
  /** Reports and removals without an answer, or with another one than 200. */
  readonly requestsFailed: number;
  readonly displaced: number;
  readonly pruned: number;
  /** Devices that were pruned although they had reported unchanged since the push, within its first minute. */
  readonly prunedInItsMinute: number;
  /** Events after which a device stayed in the registry. */
  readonly kept: number;
  /** Devices of accounts at the end. */
  readonly registered: number;
  /** Of these: the gateway does not know them. */
  readonly deadLeft: number;
  /** Of these: the gateway has refused enough of their pushes for the pruner to remove them. */
  readonly deadForLong: number;
  readonly accountsOverfull: number;
}

/** Refusals after which a dead device should be gone. */
const enoughRefusals = 4;

/** Creates the rules of apps and the registry, and what takes in the history for them after each record. */
export function createRegistryChecker(
  evidence: RegistryEvidence,
  facts: Facts,
  { violate, violateOfDevice }: Findings,
  skewMs: number,
) {
  const { deviceOfPush, devicesPerAccount } = evidence;
  const registry = createRegistryFacts(facts, deviceOfPush);
  const context: RegistryRuleContext = {
    ...{ ...evidence, registry, skewMs },
    violate(what, { device, account }, words) {
      violateOfDevice(what, device, `account ${String(account)}${words === undefined ? '' : `: ${words}`}`);
    },
  };
  const answers = createAnswerRules(context);
  const writes = createWriteRules(context, answers.unchangedAt);
  const events = createEventRules(context, violate);
  const { mirror, diedAt, refused } = registry;
  return {
    rules: [answers.rules, writes.rules, events.rules] satisfies readonly Rules[],
    learn: (record: HistoryRecord) => {
      registry.learn(record);
    },
    account(): RegistryAccount {
      const registered = [...mirror.all()].filter((pair) => stateOf(pair).kind === 'device');
      const dead = registered.filter(({ device }) => diedAt.has(device));
      const accounts = new Set(registered.map(({ account }) => account));
      return {
        ...{ ...answers.counts, ...writes.counts, ...events.counts },
        registered: registered.length,
        deadLeft: dead.length,
        deadForLong: dead.filter(({ device }) => (refused.get(device)?.size ?? 0) >= enoughRefusals).length,
        accountsOverfull: [...accounts].filter((account) => mirror.registered(account) > devicesPerAccount).length,
      };
    },
  };
}
