import { GetObjectCommand } from '@aws-sdk/client-s3';
import { createServer } from 'node:http';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { createS3Client } from '../../../functions/sweep/s3-client.ts';
import { listen } from '../../../local/listen.ts';

afterEach(() => {
  vi.useRealTimers();
});

it('repeats a call that S3 does not answer within ten seconds, so that it does not take the time of the tick', async () => {
  let requests = 0;
  const silentAtFirst = await listen(
    createServer((_request, response) => {
      requests += 1;
      if (requests > 1) {
        response.end('appid,token\n');
        return;
      }
      vi.advanceTimersByTime(10_000);
      vi.useRealTimers();
    }),
    0,
  );
  onTestFinished(silentAtFirst.stop);
  const s3 = createS3Client({
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${String(silentAtFirst.port)}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'sweeps', Key: 'devices/list.csv' }));
  expect(await Body?.transformToString()).toBe('appid,token\n');
  expect(requests).toBe(2);
});
