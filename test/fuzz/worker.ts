import { parentPort } from 'node:worker_threads';
import { createAccept } from '../../functions/accept/handler.ts';
import { serveUnits } from './units.ts';

if (parentPort !== null) await serveUnits(parentPort, createAccept);
