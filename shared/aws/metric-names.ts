/** Every metric, with its unit. Names are the words of the logs: what is counted there is counted here. */
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
  /** Of `deliver`, by queue. An attempt of several folded pushes counts once. */
  Attempts: 'Count',
  /** Attempts that ended as throttled or transient: the gateway's trouble, not the push's. */
  GatewayFailures: 'Count',
  /** From the beginning of an attempt to its end. */
  GatewayTime: 'Milliseconds',
  Delivered: 'Count',
  /** From the door's acceptance to the end of the attempt that delivered it; not of pushes that were redriven. */
  AcceptedToDelivered: 'Milliseconds',
  Retried: 'Count',
  DeadLetteredUnregistered: 'Count',
  DeadLetteredRejected: 'Count',
  DeadLetteredExpired: 'Count',
  DeadLetteredMalformed: 'Count',
  DeadLetteredExhausted: 'Count',
  /** Of `sweep`. */
  Enqueued: 'Count',
  /** Rows of a device that another row had already. */
  Duplicates: 'Count',
  /** Rows that the plan leaves out. */
  RowsFiltered: 'Count',
  /** Rows that no push can be made of. */
  RowsRefused: 'Count',
  SlicesFinished: 'Count',
  /** Plans that can't be read, or whose list can't, by tick. */
  PlansRefused: 'Count',
} as const satisfies Record<string, 'Count' | 'Milliseconds'>;

export type MetricName = keyof typeof metrics;
