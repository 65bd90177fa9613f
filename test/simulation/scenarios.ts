import { pushScenarios } from './pushes/push-scenarios.ts';
import { registryScenarios } from './registry/registry-scenarios.ts';
import { requestScenarios } from './requests/request-scenarios.ts';
import type { Scenario } from './scenario.ts';
import { sweepScenarios } from './sweeps/sweep-scenarios.ts';

/** Every scenario by its name. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  ...pushScenarios,
  ...sweepScenarios,
  ...registryScenarios,
  ...requestScenarios,
};
