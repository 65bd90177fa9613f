import { cutValue, encodeOutcomeEvent, type OutcomeEvent } from '../../shared/outcomes/outcome-event.ts';
import type { QueuedPush } from '../../shared/push/queued-push.ts';
import { repeatsText } from './hide-parameters.ts';
import type { DecidedRecord, Queue } from './record.ts';

/** What the topic tells of a record that is given up or delivered, as a message for it. */
export function outcomeEventOf(decided: DecidedRecord, queue: Queue, now: number) {
  const { pushId, receiveCount, reading, outcome, attempt, decision } = decided;
  const event: OutcomeEvent = {
    version: 1,
    id: cutValue(pushId),
    outcome: outcome.kind,
    ...(decision.kind === 'dead-letter' && { reason: decision.reason, words: toldWordsOf(decided) }),
    ...('confirmed' in decision && { confirmed: decision.confirmed }),
    ...('status' in outcome && { status: outcome.status }),
    attempts: receiveCount,
    acceptedAt: acceptedAtOf(decided).toISOString(),
    endedAt: new Date(attempt?.endedAt ?? now).toISOString(),
    queue: queue.name,
    ...(reading.ok && describeQueued(reading.queued)),
  };
  return encodeOutcomeEvent(event);
}

function describeQueued({ push, client, sweep }: QueuedPush): Pick<OutcomeEvent, 'client' | 'sweep' | 'push'> {
  const selector = new Map(push.parameters).get('Selector');
  return {
    ...(client !== undefined && { client: cutValue(client) }),
    ...(sweep !== undefined && { sweep: { plan: cutValue(sweep.plan), run: cutValue(sweep.run) } }),
    push: {
      verb: cutValue(push.verb),
      appId: cutValue(push.appId),
      deviceToken: cutValue(push.deviceToken),
      ...(selector !== undefined && { selector: cutValue(selector) }),
    },
  };
}

/** The words for the topic, from which they go to people and systems of others: without any part of a text. */
function toldWordsOf(decided: DecidedRecord): string {
  const { reading } = decided;
  const words = wordsOf(decided);
  return reading.ok && repeatsText(words, reading.queued.push) ? '[hidden]' : words;
}

/** What is said of a push that is given up: why, the gateway's words, or what else went wrong. */
export function wordsOf({ decision, outcome }: Pick<DecidedRecord, 'decision' | 'outcome'>): string {
  return [
    'why' in decision && decision.why,
    'words' in outcome && outcome.words(),
    'failure' in outcome && outcome.failure,
  ]
    .filter(Boolean)
    .join('; ');
}

/** A message that cannot be read does not say when its push was accepted; it was sent at about the same time. */
export function acceptedAtOf({ record, reading }: Pick<DecidedRecord, 'record' | 'reading'>): Date {
  return reading.ok ? reading.queued.acceptedAt : new Date(Number(record.attributes.SentTimestamp));
}
