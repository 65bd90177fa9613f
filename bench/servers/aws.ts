import { startEmbeddedAws } from '../../local/embedded-aws.ts';
import { answerQuestions } from '../answering.ts';
import { sweepBench } from '../sweep-bench.ts';

/** The SQS and S3 of the local stack, in a process of its own. */
const aws = await startEmbeddedAws(0);
aws.createBucket(sweepBench.bucket);
for (const queue of Object.values(sweepBench.queues)) aws.createQueue(queue);

answerQuestions((question) => {
  if (question === 'port') return Promise.resolve(aws.port);
  // A queue that is full of the messages of the last round would be a slower one.
  for (const queue of Object.values(sweepBench.queues)) {
    const { ready = [], delayed = [] } = aws.inspectQueue(queue)?.messages ?? {};
    if (question === `count ${queue}`) return Promise.resolve(ready.length + delayed.length);
    aws.deleteQueue(queue);
    aws.createQueue(queue);
  }
  return Promise.resolve(true);
});
