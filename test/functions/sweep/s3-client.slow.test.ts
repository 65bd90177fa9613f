import { GetObjectCommand } from '@aws-sdk/client-s3';
import { createServer } from 'node:http';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import { listen } from '../../../local/listen.ts';
import { createS3Client } from '../../../functions/sweep/s3-client.ts';
import { patience } from '../../support/patience.ts';

it('ends the reading of a list that stops coming, so that the tick goes on with other plans', async () => {
  const stalling = await listen(
    createServer((_request, response) => response.writeHead(200, { 'content-length': 1000 }).write('appid,token\n')),
    0,
  );
  onTestFinished(stalling.stop);
  const s3 = createS3Client({
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${String(stalling.port)}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'sweeps', Key: 'devices/list.csv' }));
  if (!(Body instanceof Readable) || !('socket' in Body) || !(Body.socket instanceof Socket))
    throw new Error('no body');
  const { socket } = Body;
  // The SDK sets it after three seconds.
  await expect.poll(() => socket.timeout, patience).toBe(60_000);
  const read = async () => {
    // As the socket does after its time without data.
    for await (const chunk of Body) socket.emit('timeout', chunk);
  };
  await expect(read()).rejects.toMatchObject({ name: 'TimeoutError' });
});
