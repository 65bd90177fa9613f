/** Does something after a time. @returns what prevents it. */
export type StartTimer = (ms: number, work: () => void) => () => void;

/** The timer of Node. */
export function startTimer(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms);
  return () => {
    clearTimeout(timer);
  };
}
