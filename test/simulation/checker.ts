import type { DeliveryPolicy } from '../../functions/deliver/policy/decision.ts';
import type { OutageLimits } from '../../functions/deliver/policy/outage.ts';
import { kinds, mishaps, type History, type HistoryRecord, type KindName } from './history.ts';
import { accountOf, distributionsOf, type PushAccount, type PushDistributions } from './rules/account.ts';
import { createAttemptRules } from './rules/attempts.ts';
import { createDeadLetterRules } from './rules/dead-letters.ts';
import { createDelayRules } from './rules/delays.ts';
import { createFacts, endingsOfPushes } from './rules/facts.ts';
import { createFindings, type Detail, type DeviceExample, type Example, type Violations } from './rules/findings.ts';
import { createMessageRules } from './rules/messages.ts';
import { createProbeRules } from './rules/probes.ts';
import type { Rules } from './rules/rules.ts';
import { createRequestChecker, type RequestAccount, type RequestEvidence } from './requests/request-checker.ts';
import type { RegistryEvidence } from './registry/context.ts';
import { createRegistryChecker, type RegistryAccount } from './registry/registry-checker.ts';
import { checkSweep, type SweepAccount, type SweepEvidence } from './sweeps/sweep-checker.ts';

/** What became of a run. */
export interface Account extends PushAccount, PushDistributions {
  /** Attempts with a push that nobody sent, or that differs from what was sent. */
  readonly unexpected: number;
  readonly sweeps: readonly SweepAccount[];
  /** Of a run with a registry. */
  readonly registry?: RegistryAccount;
  /** Of a run whose clients name their requests. */
  readonly requests?: RequestAccount;
  readonly violations: Violations;
  /** The first push with which each thing went wrong, by the words for it. */
  readonly examples: Readonly<Record<string, Example>>;
  /** The first device with which each thing went wrong. */
  readonly deviceExamples: Readonly<Record<string, DeviceExample>>;
  /** What was wrong with each thing first. */
  readonly details: Readonly<Record<string, Detail>>;
}

export interface Evidence {
  readonly history: History;
  readonly policy: DeliveryPolicy;
  readonly outage: OutageLimits;
  /** Whether each call to SQS and SNS has its effect and its answer. */
  readonly areServicesSound: boolean;
  /** The same, except that entries of batches can be refused. */
  readonly areCallsDefinite: boolean;
  /** Whether each call to the table of devices has. */
  readonly isTableSound: boolean;
  readonly troubleEndsAtMs?: number | undefined;
  /** How far the clocks of instances can be fast or slow. */
  readonly skewMs: number;
  readonly sweeps?: readonly SweepEvidence[];
  readonly registry?: RegistryEvidence | undefined;
  readonly requests?: RequestEvidence | undefined;
}

/** Says what became of each push, and what happened against the rules. It knows nothing but the history. */
export function check(evidence: Evidence): Account {
  const { history, outage, troubleEndsAtMs = 0, skewMs } = evidence;
  // Elsewhere, each content goes to a device of its own.
  const { deviceOfPush = (content: number) => content } = evidence.registry ?? evidence.requests ?? {};
  const facts = createFacts(outage, deviceOfPush);
  const findings = createFindings();
  const { violate, violations, examples, deviceExamples, details } = findings;
  const context = { ...evidence, facts, findings };
  const mishapRules: Rules = {
    on: {
      mishap({ a }) {
        violate(mishaps[a] ?? 'unknown');
      },
    },
  };
  const requests = evidence.requests && createRequestChecker(context);
  const registry = evidence.registry && createRegistryChecker(evidence.registry, facts, findings, skewMs);
  const rules: readonly Rules[] = [
    ...[createDelayRules, createAttemptRules, createProbeRules, createMessageRules, createDeadLetterRules].map(
      (create) => create(context),
    ),
    mishapRules,
    ...(requests?.rules ?? []),
    ...(registry?.rules ?? []),
  ];
  const judgesOf = judgesByKind(rules);

  history.each((record) => {
    const judges = judgesOf[record.kind];
    if (judges === undefined) throw new Error(`the history has a record of the unknown kind ${String(record.kind)}`);
    findings.setMoment(record.at);
    for (const judge of judges) judge(record);
    facts.learn(record);
    requests?.learn(record);
    registry?.learn(record);
  });
  findings.setMoment(Infinity);
  const endings = endingsOfPushes(facts);
  for (const { atEnd } of rules) atEnd?.(endings);

  const account = accountOf(facts, endings, findings);
  const sweeps = (evidence.sweeps ?? []).map((sweep) =>
    checkSweep(history, sweep, accountOf(facts, endings, findings, sweep.pushes), skewMs, findings),
  );
  return {
    ...account,
    sweeps,
    ...(registry && { registry: registry.account() }),
    ...(requests && { requests: requests.account() }),
    unexpected: (violations[mishaps[0]] ?? 0) + (violations[mishaps[1]] ?? 0),
    ...distributionsOf(facts, troubleEndsAtMs),
    violations,
    examples,
    deviceExamples,
    details,
  };
}

/** What judges a record, by the number of its kind. */
function judgesByKind(rules: readonly Rules[]) {
  const judges: ((record: HistoryRecord) => void)[][] = [];
  for (const [name, kind] of Object.entries(kinds) as [KindName, number][]) {
    judges[kind] = rules.flatMap(({ on }) => on[name] ?? []);
  }
  return judges;
}

/** What is wrong with an account, one line each; none if nothing is. */
export function faultsOf({ lost, violations }: Account): string[] {
  return [
    ...faultIf(lost, 'an accepted push is lost'),
    ...Object.entries(violations).flatMap(([what, count]) => faultIf(count, what)),
  ];
}

/** The line of what happened so often; none if it never did. */
export function faultIf(count: number, what: string): string[] {
  return count === 0 ? [] : [`${String(count)} ${count === 1 ? 'time' : 'times'}: ${what}.`];
}
