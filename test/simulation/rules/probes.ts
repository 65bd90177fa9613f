import { createColumn } from './columns.ts';
import type { RuleContext, Rules } from './rules.ts';

/** Whether the gateway has refused or failed a push of the app, and how often the push was received. */
type Rank = readonly [hasFailed: boolean, receives: number];

/** Which push of a batch is the one that is tried in an outage: one whose app has not failed, with the fewest receives. */
export function createProbeRules({ facts, findings }: RuleContext): Rules {
  const { pushes, messages, suspicions } = facts;
  /** The messages of each invocation that has made no attempt. */
  const batches = new Map<number, number[]>();
  const processOf = createColumn(-1);
  /** Of each process: the apps of all attempts since the last delivery. */
  const failedApps = new Map<number, Set<number>>();
  /** The apps of the pushes of sweeps are not known. */
  let hasSweep = false;

  const rankOf = (message: number, invocation: number): Rank => {
    const app = pushes.app.get(messages.push.get(message));
    return [
      failedApps.get(processOf.get(invocation))?.has(app) === true,
      // A message that SQS hands out twice can have been received once more since.
      messages.isDuplicated.get(message) === 1 ? Infinity : messages.receiveCount.get(message),
    ];
  };
  const isBefore = (a: Rank, b: Rank) => Number(a[0]) - Number(b[0]) || a[1] - b[1];
  const best = (ranks: readonly Rank[]) => ranks.toSorted(isBefore)[0];

  return {
    on: {
      listed() {
        hasSweep = true;
      },
      received({ a: message, b: invocation }) {
        if (invocation === -1 || messages.push.get(message) === -1) return;
        batches.set(invocation, [...(batches.get(invocation) ?? []), message]);
      },
      started({ a: invocation, b: process }) {
        processOf.set(invocation, process);
        if (!suspicions.isSuspected(process)) batches.delete(invocation);
      },
      attempted({ a: content, b: invocation }) {
        const batch = batches.get(invocation);
        batches.delete(invocation);
        if (batch === undefined || hasSweep) return;
        const isProbe = (message: number) => pushes.content.get(messages.push.get(message)) === content;
        const probe = best(batch.filter(isProbe).map((message) => rankOf(message, invocation)));
        // The time to live of the others can be over.
        const others = batch.filter((message) => !isProbe(message) && facts.ttlOf(message) === -1);
        const other = best(others.map((message) => rankOf(message, invocation)));
        if (probe === undefined || other === undefined || isBefore(other, probe) >= 0) return;
        if (probe[1] < Infinity) findings.violate('another push of a batch is to be tried in an outage', content);
      },
      answered({ a: content, b: invocation, c: status }) {
        const process = processOf.get(invocation);
        const failed = failedApps.get(process) ?? new Set();
        failedApps.set(process, failed);
        if (status >= 200 && status < 300) failed.clear();
        else failed.add(pushes.app.get(content));
      },
      ended({ a: invocation }) {
        batches.delete(invocation);
      },
      died({ a: process }) {
        failedApps.delete(process);
      },
    },
  };
}
