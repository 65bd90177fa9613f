import { createHash } from 'node:crypto';
import { sqsLimits } from '../aws/limits.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html, MessageGroupId */
const takenBySqs = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]+$/;

/**
 * The tenant of a push, for SQS's fair queues: the pushes of one app wait behind each other before they wait for
 * another's. An AppId that SQS would not take as it is, and nothing of the document forbids, goes by its hash.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
export function messageGroupOf(appId: string): string {
  if (appId.length <= sqsLimits.messageGroupIdCharacters && takenBySqs.test(appId)) return appId;
  return createHash('sha256').update(appId).digest('hex');
}
