import { messagesIn, startEmbeddedAws } from '../../local/embedded-aws.ts';
import { answerQuestions } from '../answering.ts';

/** The SQS and S3 of the local stack, with a bucket and the queues of `sweep`. */
const aws = await startEmbeddedAws(0);
const name = 'sweeps';
aws.createBucket(name);
aws.createQueue(name);
aws.createQueue('outcome-counts');

answerQuestions((question) => {
  if (question === 'port') return aws.port;
  const messages = messagesIn(aws, name).length;
  aws.deleteQueue(name);
  aws.createQueue(name);
  return messages;
});
