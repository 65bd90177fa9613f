import { readDeliverConfiguration } from '../../../../functions/deliver/config.ts';

const queue = 'https://sqs.us-east-1.amazonaws.com/123456789012/queue';

/** The configuration of `deliver` with all defaults. */
export const defaults = readDeliverConfiguration({
  PNM2_URL: 'https://pnm.cloudsoftphone.com/pnm2',
  PUSHES_QUEUE_URL: queue,
  SWEEPS_QUEUE_URL: queue,
  UNDELIVERABLE_QUEUE_URL: queue,
  OUTCOME_COUNTS_QUEUE_URL: queue,
  OUTCOMES_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:outcomes',
});
