import { integer } from '../environment.ts';

/** SWEEP_SPEED: how many times faster than written plans run, so that in the local stack a day can take a minute. */
export const sweepSpeed = integer('a whole number', { min: 1, max: 3600, fallback: 1 });
