import type { Environment } from '../../../shared/environment.ts';
import { reportSecret } from '../registry/app-request.ts';
import { apiKeys } from '../requests/wire.ts';
import type { Scenario } from '../scenario.ts';
import type { Queues } from './queues.ts';

/** The environment of the functions: resources, and the settings of the scenario. */
export function environmentOf({ settings, requests }: Scenario, queues: Queues) {
  return {
    STAGE: 'simulation',
    PNM2_URL: 'https://gateway.example.com/pnm2',
    PUSHES_QUEUE_URL: queues.pushes.url,
    SWEEPS_QUEUE_URL: queues.sweeps.url,
    SWEEPS_BUCKET: 'sweeps',
    UNDELIVERABLE_QUEUE_URL: queues.undeliverable.url,
    OUTCOME_COUNTS_QUEUE_URL: queues.outcomeCounts.url,
    OUTCOMES_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:outcomes',
    DEVICES_TABLE: 'devices',
    REPORT_SECRET: reportSecret,
    ...(requests === undefined ? { OPEN_INTAKE: 'true' } : { API_KEYS: apiKeys }),
    ...settings,
  } satisfies Environment;
}
