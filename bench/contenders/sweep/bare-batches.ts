import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';

/** The floor: as many concurrent calls of SendMessageBatch as `sweep` makes, each with ten messages ready to send. */
const callsAtOnce = 8;
const sqs = new SQSClient({});
const queueUrl = process.env['SWEEPS_QUEUE_URL'];

export const handler = async ({ messages, body }: { messages: number; body: string }): Promise<void> => {
  let calls = Math.ceil(messages / 10);
  const send = async () => {
    while (calls > 0) {
      calls -= 1;
      const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: String(index), MessageBody: body }));
      await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    }
  };
  await Promise.all(Array.from({ length: callsAtOnce }, send));
};
