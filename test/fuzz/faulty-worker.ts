import { parentPort } from 'node:worker_threads';
import { createAccept } from '../../functions/accept/handler.ts';
import { serveUnits } from './units.ts';

/** A worker whose intake takes larger bodies than it should. A test shows that a campaign reports it. */
if (parentPort !== null) {
  await serveUnits(parentPort, (dependencies) => createAccept({ ...dependencies, maxBodyBytes: 1_000_000 }));
}
