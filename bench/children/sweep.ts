import { answerQuestions, loadHandler } from '../answering.ts';
import { lambdaContext } from '../../local/lambda-context.ts';

/** An instance of `sweep` that handles ticks, one after another. */
type Handler = (event: unknown, context: unknown) => Promise<unknown>;

const [bundle = ''] = process.argv.slice(2);
const handler = await loadHandler<Handler>(bundle);

answerQuestions(async (question) => {
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  for (let tick = 0; tick < Number(question); tick += 1) await handler({}, lambdaContext(840_000));
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallMs, cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 };
});
