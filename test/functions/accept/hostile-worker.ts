import { parentPort } from 'node:worker_threads';
import { createAccept } from '../../../functions/accept/handler.ts';
import { createLog } from '../../../shared/log.ts';
import { acceptDependencies } from '../../support/accept.ts';
import { lambdaContext } from '../../support/lambda-context.ts';
import { httpEvent } from '../../support/http-event.ts';
import { costlyBodies, costlyJson, largestBodyBytes } from './hostile-bodies.ts';

/** Sends every costly body to one intake, five at a time, within the memory limit of this worker. */
const log = createLog(() => undefined);
const enqueue = () => Promise.resolve('id');
const accept = createAccept(acceptDependencies(enqueue, { log, maxBodyBytes: largestBodyBytes }));
const statuses = new Set<number | undefined>();
const events = [
  ...Object.values(costlyBodies).map((body) => httpEvent({ body })),
  ...Object.values(costlyJson).map((body) => httpEvent({ body, headers: { 'content-type': 'application/json' } })),
];
for (const event of events) {
  const answers = await Promise.all(Array.from({ length: 5 }, () => accept(event, lambdaContext())));
  for (const { statusCode } of answers) statuses.add(statusCode);
}
parentPort?.postMessage([...statuses]);
