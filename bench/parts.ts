import type { Part } from './part.ts';
import { acceptCold } from './parts/accept-cold.ts';
import { acceptWarm } from './parts/accept-warm.ts';
import { deliver } from './parts/deliver.ts';
import { localStack } from './parts/local-stack.ts';
import { price } from './parts/price.ts';
import { registry } from './parts/registry.ts';
import { sweep } from './parts/sweep.ts';

/** Every part, in the order in which they run. */
export const parts: readonly Part[] = [acceptWarm, acceptCold, deliver, localStack, sweep, price, registry];
