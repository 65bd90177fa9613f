import { S3Client } from '@aws-sdk/client-s3';
import { expect, it, onTestFinished } from 'vitest';
import { createRates } from '../../../local/sandbox/rates.ts';
import { createSweeps } from '../../../local/sandbox/sweeps.ts';
import { localClient } from '../../../shared/local-stack.ts';
import { createStore } from '../../../shared/sweeps/store.ts';
import { startQueues } from '../../support/queues.ts';

it('the sweeps of the sandbox are read again after the bucket did not answer', async () => {
  const { server: aws, stop } = await startQueues();
  onTestFinished(stop);
  const s3 = new S3Client({ ...localClient(`http://127.0.0.1:${String(aws.port)}`), forcePathStyle: true });
  aws.createBucket('sweeps');
  const store = createStore(s3, 'sweeps');
  await store.write('plans/broken.json', 'no plan');
  let isDown = true;
  const list: typeof store.list = (prefix) => (isDown ? Promise.reject(new Error('no answer')) : store.list(prefix));
  const sweeps = createSweeps(createRates(Date.now));
  const plans = { store: { ...store, list }, tickMs: 60_000, speed: 1, now: Date.now };
  sweeps.follow(aws);

  await expect(sweeps.take(plans, Date.now())).rejects.toThrow('no answer');
  isDown = false;
  await sweeps.take(plans, Date.now());
  expect(sweeps.read()).toMatchObject({ sweeps: [{ name: 'broken', state: 'faulty' }], total: 1 });
});
