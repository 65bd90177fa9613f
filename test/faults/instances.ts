import { Worker } from 'node:worker_threads';
import type { SQSEvent } from 'aws-lambda';
import { chanceOf } from '../support/random.ts';

export interface Instances {
  readonly invoke: (event: SQSEvent) => Promise<unknown>;
  readonly killed: () => number;
  /** Instances that crashed. */
  readonly thrown: () => number;
  readonly stop: () => Promise<void>;
}

export interface InstancesOptions {
  readonly seed: number;
  readonly environment: Readonly<Record<string, string>>;
  /** The share of batches during which the instance is killed. */
  readonly killedShare: number;
  readonly timeoutMs: number;
}

/** Instances of `deliver` as Lambda keeps them: each has one batch at a time, and a new one starts if none is idle. */
export function createInstances({ seed, environment, killedShare, timeoutMs }: InstancesOptions): Instances {
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  let batches = 0;
  let killed = 0;
  let thrown = 0;

  const start = () => {
    const worker = new Worker(new URL('deliver-instance.ts', import.meta.url), { env: environment, stdout: true });
    // Its log of failed attempts is long, and no test reads it.
    worker.stdout.resume();
    all.add(worker);
    return worker;
  };

  const invoke = (event: SQSEvent) =>
    new Promise<unknown>((resolve, reject) => {
      batches += 1;
      const worker = idle.pop() ?? start();
      let isDying = false;
      const kill = () => {
        isDying = true;
        void worker.terminate();
      };
      const isUnlucky = chanceOf(seed, batches, 2) < killedShare;
      // From before the first attempt to after the last call, so that a kill can come at any moment.
      const killTimer = setTimeout(kill, isUnlucky ? chanceOf(seed, batches, 3) * 60 : timeoutMs);
      const release = () => {
        clearTimeout(killTimer);
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      };
      const onMessage = (response: unknown) => {
        // Lambda does not see an answer that is under way when the instance dies.
        if (isDying) return;
        release();
        idle.push(worker);
        resolve(response);
      };
      const gone = (error: Error) => {
        release();
        all.delete(worker);
        reject(error);
      };
      const onError = (error: Error) => {
        thrown += 1;
        gone(error);
      };
      const onExit = () => {
        killed += 1;
        gone(new Error('the instance was killed'));
      };
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      worker.postMessage({ event, timeoutMs });
    });

  return {
    invoke,
    killed: () => killed,
    thrown: () => thrown,
    async stop() {
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}
