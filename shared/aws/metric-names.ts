/** Every metric, with its unit. The names use the words of the logs. */
export const metrics = {
  /** Of `accept`. */
  Accepted: 'Count',
  RefusedUnauthorized: 'Count',
  RefusedForbidden: 'Count',
  RefusedMethodNotAllowed: 'Count',
  RefusedUnsupportedMediaType: 'Count',
  RefusedBodyTooLarge: 'Count',
  RefusedInvalidParameters: 'Count',
  RefusedQueueUnavailable: 'Count',
  RefusedInternalError: 'Count',
  /** Of `deliver`, by queue. An attempt that several pushes share counts once. */
  Attempts: 'Count',
  /** Attempts that ended as throttled or transient: the cause is the gateway, not the push. */
  GatewayFailures: 'Count',
  /** The duration of an attempt. */
  GatewayTime: 'Milliseconds',
  Delivered: 'Count',
  /** The time from the acceptance of a push to the end of the attempt that delivered it, without redriven pushes. */
  AcceptedToDelivered: 'Milliseconds',
  Retried: 'Count',
  DeadLetteredUnregistered: 'Count',
  DeadLetteredRejected: 'Count',
  DeadLetteredExpired: 'Count',
  DeadLetteredMalformed: 'Count',
  DeadLetteredExhausted: 'Count',
  /** Of `sweep`. */
  Enqueued: 'Count',
  /** Rows with the same push as an earlier row. */
  Duplicates: 'Count',
  /** Rows that the plan leaves out. */
  RowsFiltered: 'Count',
  /** Rows that cannot become a push. */
  RowsRefused: 'Count',
  SlicesFinished: 'Count',
  /** Plans with faults, or whose list can't be read; counted at each tick. */
  PlansRefused: 'Count',
} as const satisfies Record<string, 'Count' | 'Milliseconds'>;

export type MetricName = keyof typeof metrics;
