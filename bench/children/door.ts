import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { answerQuestions } from '../answering.ts';
import { lambdaContext } from '../../test/support/context.ts';
import { pushEvent, randomForm } from '../events.ts';

/** An instance of a door: it takes so many pushes one after another, as Lambda gives them to an instance. */
type Handler = (event: APIGatewayProxyEventV2, context: unknown) => Promise<{ statusCode?: number }>;

const [bundle = '', key = ''] = process.argv.slice(2);
const module: unknown = bundle.endsWith('.mjs')
  ? await import(pathToFileURL(bundle).href)
  : createRequire(import.meta.url)(bundle);
const { handler } = module as { handler: Handler };

answerQuestions(async (question) => {
  const events = Array.from({ length: Number(question) }, () => pushEvent(randomForm(), key));
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  for (const event of events) {
    const { statusCode } = await handler(event, lambdaContext());
    if (statusCode !== 202) throw new Error(`the door answered ${String(statusCode)}`);
  }
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { cpuUs: (user + system) / events.length, wallUs: (wallMs * 1000) / events.length };
});
