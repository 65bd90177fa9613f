import { ChangeMessageVisibilityCommand, GetQueueAttributesCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startEmbeddedAws } from '../../local/embedded-aws.ts';
import { ConfigurationError } from '../../shared/environment.ts';
import { receive, startQueues } from '../support/queues.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

async function send({ sqs, pushes }: Awaited<ReturnType<typeof startQueues>>, MessageBody: string) {
  await sqs.send(new SendMessageCommand({ QueueUrl: pushes.url, MessageBody }));
}

describe('the embedded SQS with a directory', () => {
  it('has the messages of an earlier run, and shows again at once those that were in flight', async () => {
    const dataDir = temporaryDirectory();
    const before = await startQueues({ dataDir });
    await send(before, 'in flight');
    expect(await receive(before.sqs, before.pushes)).toHaveLength(1);
    await send(before, 'waiting');
    await before.stop();

    const after = await startQueues({ dataDir });
    onTestFinished(after.stop);
    const messages = await receive(after.sqs, after.pushes);
    const counts = messages.map(({ Body, Attributes }) => [Body, Attributes?.ApproximateReceiveCount]);
    expect(counts.sort()).toEqual([
      ['in flight', '2'],
      ['waiting', '1'],
    ]);
  });

  it('gives a queue of an earlier run the attributes of this one', async () => {
    const dataDir = temporaryDirectory();
    await (await startQueues({ dataDir, visibilityTimeoutSeconds: 30 })).stop();
    const { sqs, pushes, undeliverable, stop } = await startQueues({
      ...{ dataDir, visibilityTimeoutSeconds: 60, maxReceiveCount: 7 },
    });
    onTestFinished(stop);
    const attributesOf = async (QueueUrl: string) =>
      (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes;
    expect(await attributesOf(pushes.url)).toMatchObject({
      VisibilityTimeout: '60',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: undeliverable.arn, maxReceiveCount: 7 }),
    });
    expect(await attributesOf(undeliverable.url)).not.toHaveProperty('RedrivePolicy');
  });

  it('keeps a message that is made visible at once', async () => {
    const dataDir = temporaryDirectory();
    const { sqs, pushes, stop, ...others } = await startQueues({ dataDir });
    onTestFinished(stop);
    await send({ sqs, pushes, stop, ...others }, 'released');
    const [message] = await receive(sqs, pushes);
    const { ReceiptHandle } = message ?? {};
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: pushes.url, ReceiptHandle, VisibilityTimeout: 0 }));
    expect(await receive(sqs, pushes)).toMatchObject([
      { Body: 'released', Attributes: { ApproximateReceiveCount: '2' } },
    ]);
  });

  it('refuses a file that it cannot read, in one line', async () => {
    const dataDir = temporaryDirectory();
    writeFileSync(join(dataDir, 'fauxqs.db'), 'not a database'.repeat(100));
    const started = startEmbeddedAws(0, dataDir);
    await expect(started).rejects.toThrow(ConfigurationError);
    await expect(started).rejects.toThrow(
      `DATA_DIR: ${dataDir}/fauxqs.db cannot be read, or another version wrote it (file is not a database): ` +
        'choose another directory, or delete the file and what it keeps',
    );
  });
});
