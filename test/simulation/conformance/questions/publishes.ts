import { PublishBatchCommand, type PublishBatchRequestEntry } from '@aws-sdk/client-sns';
import { outcomeOf, verdictOn, type Question, type Subject } from '../subject.ts';

const source = 'https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html';
const maxBytes = 262_144;

const entriesOf = (ids: readonly string[], message = 'a') => ids.map((Id) => ({ Id, Message: message }));

async function publish({ sns, createTopic }: Subject, PublishBatchRequestEntries: PublishBatchRequestEntry[]) {
  return sns.send(new PublishBatchCommand({ TopicArn: await createTopic(), PublishBatchRequestEntries }));
}

const batchQuestion = (
  title: string,
  entries: PublishBatchRequestEntry[],
  aws: string,
  embedded?: string,
): Question => ({
  ...{ title, aws, source, ...(embedded !== undefined && { embedded }) },
  ask: (subject) => verdictOn(publish(subject, entries), true),
});

export const publishQuestions: readonly Question[] = [
  {
    title: 'Are all events of a batch published that SNS accepts?',
    aws: 'done: a b c; refused: none',
    source,
    ask: async (subject) => outcomeOf(await publish(subject, entriesOf(['a', 'b', 'c']))),
  },
  batchQuestion('Is a batch without events accepted?', [], 'refused: EmptyBatchRequest'),
  batchQuestion(
    'Is a batch of eleven events accepted?',
    entriesOf(Array.from('abcdefghijk')),
    'refused: TooManyEntriesInBatchRequest',
  ),
  batchQuestion(
    'Are two equal ids in a batch of events accepted?',
    entriesOf(['a', 'a']),
    'refused: BatchEntryIdsNotDistinct',
  ),
  batchQuestion('Is a dot in an id of a batch of events accepted?', entriesOf(['a.b']), 'refused: InvalidBatchEntryId'),
  batchQuestion('Is an event of 256 KiB accepted?', entriesOf(['a'], 'a'.repeat(maxBytes)), 'accepted'),
  batchQuestion(
    'Are events of more than 256 KiB in all accepted in a batch?',
    entriesOf(['a', 'b'], 'a'.repeat(maxBytes / 2 + 1)),
    'refused: BatchRequestTooLong',
    'accepted',
  ),
];
