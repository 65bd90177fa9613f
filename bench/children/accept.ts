import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { answerQuestions, loadHandler } from '../answering.ts';
import { lambdaContext } from '../../local/lambda-context.ts';
import { pushEvent, randomForm } from '../events.ts';

/** An instance of an intake. It handles pushes one after another, as Lambda does. */
type Handler = (event: APIGatewayProxyEventV2, context: unknown) => Promise<{ statusCode?: number }>;

const [bundle = '', key = ''] = process.argv.slice(2);
const handler = await loadHandler<Handler>(bundle);

answerQuestions(async (question) => {
  const events = Array.from({ length: Number(question) }, () => pushEvent(randomForm(), key));
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  for (const event of events) {
    const { statusCode } = await handler(event, lambdaContext());
    if (statusCode !== 202) throw new Error(`the intake answered ${String(statusCode)}`);
  }
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { cpuUs: (user + system) / events.length, wallUs: (wallMs * 1000) / events.length };
});
