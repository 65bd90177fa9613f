import type { Plant } from './plant.ts';
import { acceptPlants } from './pushes/accept-plants.ts';
import { deliverPlants } from './pushes/deliver-plants.ts';
import { outagePlants } from './pushes/outage-plants.ts';
import { registryPlants } from './registry/registry-plants.ts';
import { requestPlants } from './requests/request-plants.ts';
import { sweepPlants } from './sweeps/sweep-plants.ts';

/** Every plant by its name. */
export const plants: Readonly<Record<string, Plant>> = {
  ...acceptPlants,
  ...deliverPlants,
  ...outagePlants,
  ...requestPlants,
  ...sweepPlants,
  ...registryPlants,
};
