/** What some work took in this process. CPU time includes garbage collection and sockets. */
export interface Measure {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
}

export async function measured(work: () => Promise<void>): Promise<Measure> {
  // So that this work does not pay for the garbage of earlier work.
  globalThis.gc?.();
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallMs, cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 };
}

/** In a child: answers each question of the parent, and exits when the parent closes the channel. */
export function answerQuestions(answerOf: (question: unknown) => unknown): void {
  const answer = async (question: unknown) => process.send?.(await answerOf(question));
  // A rejection ends the child with its stack trace.
  process.on('message', (question) => void answer(question));
  process.once('disconnect', () => process.exit());
}
