import { Worker } from 'node:worker_threads';
import type { SQSEvent } from 'aws-lambda';
import { chanceOf } from '../support/random.ts';

export interface Instances {
  readonly invoke: (event: SQSEvent) => Promise<unknown>;
  readonly killed: () => number;
  /** Instances that ended by an error of their own. */
  readonly thrown: () => number;
  readonly stop: () => Promise<void>;
}

export interface InstancesOptions {
  readonly seed: number;
  readonly environment: Readonly<Record<string, string>>;
  /** The share of batches in whose middle the instance is killed. */
  readonly killedShare: number;
  readonly timeoutMs: number;
}

/** Instances of `deliver` as Lambda keeps them: one batch at a time each, a new one where none is idle. */
export function createInstances({ seed, environment, killedShare, timeoutMs }: InstancesOptions): Instances {
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  let batches = 0;
  let killed = 0;
  let thrown = 0;

  const start = () => {
    const worker = new Worker(new URL('deliver-instance.ts', import.meta.url), { env: environment, stdout: true });
    // Its log of failed attempts is long, and not what is looked at here.
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
      // From before the first attempt to after the last call, so that every moment is hit.
      const killTimer = setTimeout(kill, isUnlucky ? chanceOf(seed, batches, 3) * 60 : timeoutMs);
      const release = () => {
        clearTimeout(killTimer);
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      };
      const onMessage = (response: unknown) => {
        // An answer on the way while the instance dies is not an answer: Lambda would not have seen it either.
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
