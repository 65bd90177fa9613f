import { PublishBatchCommand, type PublishBatchRequestEntry, type SNSClient } from '@aws-sdk/client-sns';
import { snsLimits } from '../../../shared/aws/limits.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Process, Route } from '../kernel/process.ts';
import { withRetries } from './sqs-client.ts';
import { checkBatch } from './sqs-requests.ts';

export interface SnsService {
  readonly route: Route;
  readonly chance: Chance;
  /** The probability that an entry of a batch is refused. */
  readonly entryFailure: () => number;
  readonly onPublish: (entry: PublishBatchRequestEntry, process: Process) => void;
}

/** The client of SNS in one process. It knows the call that `deliver` makes. */
export function createSnsClient(process: Process, service: SnsService): SNSClient {
  const { route, chance, entryFailure, onPublish } = service;
  const send = (command: unknown, options?: { readonly abortSignal?: AbortSignal }) => {
    if (!(command instanceof PublishBatchCommand)) throw new Error('the model of SNS knows PublishBatch only');
    const entries = command.input.PublishBatchRequestEntries ?? [];
    const effect = () => {
      const sized = entries.map(({ Id, Message, MessageAttributes }) => ({
        Id,
        MessageBody: Message,
        MessageAttributes,
      }));
      checkBatch(sized, snsLimits.batchBytes);
      const refused = new Set(entries.filter(() => chance.hits(entryFailure())));
      const published = entries.filter((entry) => !refused.has(entry));
      for (const entry of published) onPublish(entry, process);
      return {
        Successful: published.map(({ Id }) => ({ Id })),
        Failed: [...refused].map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })),
      };
    };
    return withRetries(process, route, effect, options?.abortSignal);
  };
  // The functions use nothing else of the client, whose type has private members.
  return { send } as unknown as SNSClient;
}
