import type { MessageAttributeValue } from '@aws-sdk/client-sns';
import type { DeadLetterReason } from '../push/dead-letter.ts';
import { sqsJson, sqsText } from '../push/sqs-text.ts';

/** How the last attempt of a push ended, or why there was none. */
export const outcomeKinds = [
  'delivered',
  'unregistered',
  'rejected',
  'throttled',
  'transient',
  'untried',
  'expired',
  'malformed',
] as const;

export type OutcomeKind = (typeof outcomeKinds)[number];

/**
 * What the topic `outcomes` tells of a push: an event if it was given up, a receipt if it was delivered. It has what the
 * sender needs to find the device, and never a text. docs/outcomes.md describes it for subscribers.
 */
export interface OutcomeEvent {
  /** Increase it when a subscriber that reads the present version could misread the next one. */
  readonly version: 1;
  /** The id that the client got in its 202. An event may come twice. A redriven push that ends again has another one. */
  readonly id: string;
  readonly outcome: OutcomeKind;
  /** Why the push was given up. Absent: it was delivered. */
  readonly reason?: DeadLetterReason;
  /**
   * Only with the reason `unregistered`: whether the answer comes from the gateway beyond doubt, and not from a wrong
   * address that refuses every device. Absent in an event of an earlier version of the relay.
   */
  readonly confirmed?: boolean;
  /** The last HTTP status of the gateway, if it answered. */
  readonly status?: number;
  /** The gateway's last words without values of the push, or what else went wrong. */
  readonly words?: string;
  /** How often the push was received from its queue: the maximum number of its attempts. */
  readonly attempts: number;
  /** ISO 8601. */
  readonly acceptedAt: string;
  /** When it was delivered or given up, ISO 8601. */
  readonly endedAt: string;
  /** The name of the API key that sent it. Absent if the intake was open, or a sweep sent it. */
  readonly client?: string;
  /** The queue that it was on. */
  readonly queue: string;
  /** The sweep that it belongs to. */
  readonly sweep?: { readonly plan: string; readonly run: string };
  /** Absent if the message could not be read. */
  readonly push?: {
    readonly verb: string;
    readonly appId: string;
    readonly deviceToken: string;
    readonly selector?: string;
  };
}

/** Far more than any value that identifies a device has. An event must fit into a message of SNS: 256 KB. */
const valueCharacters = 2048;

/** A value of the push as the event has it. */
export function cutValue(value: string): string {
  return value.slice(0, valueCharacters).toWellFormed();
}

/** SNS compares at most this many characters in a filter. */
const attributeCharacters = 256;

/** The message of an event, with the attributes that subscribers can filter by. */
export function encodeOutcomeEvent(event: OutcomeEvent) {
  const { outcome, reason, confirmed, client, queue, push } = event;
  const attributes = {
    ...{ outcome, reason, client, queue, verb: push?.verb, appId: push?.appId },
    ...(confirmed !== undefined && { confirmed: String(confirmed) }),
  };
  const MessageAttributes: Record<string, MessageAttributeValue> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (!value) continue;
    MessageAttributes[name] = { DataType: 'String', StringValue: sqsText(value.slice(0, attributeCharacters)) };
  }
  return { Message: sqsJson(event), MessageAttributes };
}
