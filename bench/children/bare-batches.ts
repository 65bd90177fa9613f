import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { answerQuestions } from '../answering.ts';

/** Nothing but calls of SendMessageBatch, of ten ready messages each, as many at once as `sweep` makes. */
const [queueUrl = '', body = ''] = process.argv.slice(2);
const callsAtOnce = 8;
const sqs = new SQSClient({});

answerQuestions(async (question) => {
  let calls = Math.ceil(Number(question) / 10);
  const send = async () => {
    while (calls > 0) {
      calls -= 1;
      const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: String(index), MessageBody: body }));
      await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    }
  };
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: callsAtOnce }, send));
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallMs, cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 };
});
