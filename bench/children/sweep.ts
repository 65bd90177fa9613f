import { createRequire } from 'node:module';
import { answerQuestions } from '../answering.ts';
import { lambdaContext } from '../../test/support/context.ts';

/** An instance of `sweep` that is ticked so often. */
type Handler = (event: unknown, context: unknown) => Promise<unknown>;

const [bundle = ''] = process.argv.slice(2);
const module: unknown = createRequire(import.meta.url)(bundle);
const { handler } = module as { handler: Handler };

answerQuestions(async (question) => {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  for (let tick = 0; tick < Number(question); tick += 1) await handler({}, lambdaContext(840_000));
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallMs, cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 };
});
