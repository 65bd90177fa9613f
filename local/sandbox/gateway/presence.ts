import type { Server } from 'node:http';
import { listen, type Listening } from '../../listen.ts';

/** How long after it failed to return to its port a server tries again. */
const retryMs = 500;

/**
 * Starts a server that can leave its port, so that connections are refused, and return to it.
 * @param port 0 for any free port. It returns to the same one.
 * @param onFault called when it cannot return, and when that is over.
 */
export async function startPresence(server: Server, port: number, onFault: () => void) {
  let listening: Listening | undefined = await listen(server, port);
  const { port: ownPort } = listening;
  let isWanted = true;
  let fault: string | undefined;
  let settled = Promise.resolve();
  let retry: NodeJS.Timeout | undefined;

  const tell = (words: string | undefined) => {
    if (fault === words) return;
    fault = words;
    onFault();
  };
  const settle = async () => {
    while (isWanted !== (listening !== undefined)) {
      if (listening !== undefined) {
        const { stop } = listening;
        listening = undefined;
        await stop();
        continue;
      }
      try {
        listening = await listen(server, ownPort);
        tell(undefined);
      } catch {
        tell(`Another program has taken port ${String(ownPort)} meanwhile: end it. The gateway tries again by itself.`);
        retry = setTimeout(() => void want(isWanted), retryMs).unref();
        return;
      }
    }
    if (!isWanted) tell(undefined);
  };
  /** Settles when the server listens, or does not, as wanted, or cannot return. */
  const want = (isToListen: boolean): Promise<void> => {
    isWanted = isToListen;
    clearTimeout(retry);
    settled = settled.then(settle);
    return settled;
  };

  return {
    port: ownPort,
    want,
    /** Why it cannot return to its port. */
    fault: () => fault,
    stop: () => want(false),
  };
}
