import type { Environment } from '../../../shared/environment.ts';
import { createCountsQueue } from '../../../functions/sweep/counts-queue.ts';
import { readSweepConfiguration } from '../../../functions/sweep/config.ts';
import { createSweep, type SweepDependencies } from '../../../functions/sweep/handler.ts';
import { sendMessages } from '../../../shared/aws/sqs/batches.ts';
import { maxRememberedDevices } from '../../../shared/sweeps/selection.ts';
import type { SnapshotRegistry } from '../../../shared/sweeps/snapshot.ts';
import { createStore } from '../../../shared/sweeps/store.ts';
import type { Process } from '../kernel/process.ts';
import type { TickEvent } from '../models/event-bridge.ts';
import { createFunction, type LambdaFunction } from '../models/function.ts';
import { createGunzip, createGzip } from '../models/gzip.ts';
import { createS3Client, UploadInSmallParts, type S3Service } from '../models/s3-client.ts';
import type { Base } from './base.ts';
import type { Services } from './services.ts';

/** As serverless.yml has it. */
const timeoutMs = 840_000;

const loadUpload = () => Promise.resolve({ Upload: UploadInSmallParts });

/**
 * Creates the function `sweep`.
 * @param onSending gets how many pushes an instance sends at once.
 */
export function createSweepFunction(
  { options, scheduler, chanceFor, functionOptions, log }: Base,
  { sqsFor, routeTo }: Services,
  environment: Environment,
  s3: Omit<S3Service, 'route' | 'chance'>,
  onSending: (pushes: number) => void,
  registryOf: (process: Process) => SnapshotRegistry,
): LambdaFunction<TickEvent> {
  const configuration = readSweepConfiguration(environment);
  const { sweepsQueueUrl, outcomeCountsQueueUrl, countsWaitSeconds, sweepsBucket, ...others } = configuration;
  const s3Service = { ...s3, route: { ...routeTo('S3'), timeoutMs: 10_000 }, chance: chanceFor('bucket') };
  return createFunction({
    ...functionOptions,
    chance: chanceFor('sweep'),
    timeoutMs,
    start(process) {
      const sqs = sqsFor(process);
      let underWay = 0;
      const dependencies: SweepDependencies = {
        ...others,
        store: createStore(createS3Client(process, s3Service), sweepsBucket, loadUpload),
        async send(messages) {
          underWay += messages.length;
          onSending(underWay);
          const result = await sendMessages(sqs, sweepsQueueUrl, messages, (message) => message);
          underWay -= messages.length;
          return result;
        },
        countsQueue: createCountsQueue(sqs, outcomeCountsQueueUrl, countsWaitSeconds),
        openRegistry: () => Promise.resolve(registryOf(process)),
        createGzip,
        createGunzip,
        maxRememberedDevices,
        wait: process.sleep,
        timeoutSignal: process.timeoutSignal,
        now: process.now,
        log,
      };
      const handler = createSweep(options.plant?.sweep?.(dependencies) ?? dependencies);
      return ({ requestId, diesAfterMs }, { getRemainingTimeInMillis }) => {
        const { task } = process;
        if (diesAfterMs < Infinity) {
          scheduler.after(diesAfterMs, () => {
            if (process.task === task) process.kill();
          });
        }
        return handler({}, { awsRequestId: requestId, getRemainingTimeInMillis });
      };
    },
  });
}
