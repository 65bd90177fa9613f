import type { Part } from './part.ts';
import { doorCold } from './parts/door-cold.ts';
import { doorWarm } from './parts/door-warm.ts';
import { queues } from './parts/queues.ts';
import { price } from './parts/price.ts';
import { sweep } from './parts/sweep.ts';
import { wayOut } from './parts/way-out.ts';
import { whole } from './parts/whole.ts';

/** Every part, in the order in which they run. */
export const parts: readonly Part[] = [doorWarm, doorCold, wayOut, whole, sweep, queues, price];
