export const tooSlow = 'DynamoDB did not answer in time';

/**
 * Runs calls to the table until the signal aborts, and rejects then at the latest: the SDK does not look at the signal
 * while it waits before a retry.
 */
export function endBy<T>(abortSignal: AbortSignal, run: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
  const end = new Promise<never>((_resolve, reject) => {
    const stop = () => {
      reject(new Error(tooSlow));
    };
    if (abortSignal.aborted) stop();
    else abortSignal.addEventListener('abort', stop);
  });
  return Promise.race([run(abortSignal), end]);
}
