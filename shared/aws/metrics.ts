export const metrics = {
  // `accept`
  Accepted: 'Count',
  RefusedUnauthorized: 'Count',
  RefusedForbidden: 'Count',
  RefusedMethodNotAllowed: 'Count',
  RefusedUnsupportedMediaType: 'Count',
  RefusedBodyTooLarge: 'Count',
  RefusedInvalidParameters: 'Count',
  RefusedNoDevices: 'Count',
  RefusedQueueUnavailable: 'Count',
  /** The table did not answer. */
  RefusedRegistryUnavailable: 'Count',
  RefusedInternalError: 'Count',
  /** First answers given again to the same Idempotency-Key. Their pushes are not in `Accepted`. */
  AnswersRepeated: 'Count',
  /** The Idempotency-Key of a request that is still under way. */
  RefusedKeyInUse: 'Count',
  /** The Idempotency-Key of another request. */
  RefusedKeyReused: 'Count',
  /** Answers whose record was not written. The same request is not recognised when it comes again. */
  AnswersNotKept: 'Count',

  // `deliver`, per queue
  /** An attempt that several identical pushes share counts once. */
  Attempts: 'Count',
  /** Throttled or transient. */
  GatewayFailures: 'Count',
  /** Attempts that count as delivered although the answer was an HTML page. */
  PageAnswers: 'Count',
  GatewayTime: 'Milliseconds',
  Delivered: 'Count',
  /** From the 202 to the end of the attempt that delivered the push. Redriven pushes are left out. */
  AcceptedToDelivered: 'Milliseconds',
  Retried: 'Count',
  /** Batches after which the address of the gateway was suspected to be wrong. */
  AddressSuspected: 'Count',
  DeadLetteredUnregistered: 'Count',
  DeadLetteredRejected: 'Count',
  DeadLetteredExpired: 'Count',
  DeadLetteredMalformed: 'Count',
  DeadLetteredExhausted: 'Count',
  /** Events of given-up pushes that the topic did not confirm. Their pushes stay on the queue. */
  EventsNotPublished: 'Count',
  /** Receipts that the topic did not confirm. They are lost. */
  ReceiptsNotPublished: 'Count',

  // `devices`
  /** Reports that the registry took, also of devices that have not changed. */
  ReportsTaken: 'Count',
  DevicesWritten: 'Count',
  /** Devices that were displaced: their account was full. */
  DevicesDisplaced: 'Count',
  /** Requests to remove a device, also one that is not registered. */
  RemovalsTaken: 'Count',
  DevicesRemoved: 'Count',
  /** Reports and removals with faults or without a valid signature. */
  ReportsRefused: 'Count',
  /** Reports and removals that DynamoDB did not take. */
  ReportsUnavailable: 'Count',
  /** Reports and removals that an error of the relay prevented. */
  ReportsFailed: 'Count',
  /** Devices that were removed because the gateway calls them unregistered; each account of a device counts. */
  DevicesPruned: 'Count',
  /** Those that stayed, because the event is not confirmed or the device may have reported again. */
  DevicesKept: 'Count',

  // `sweep`
  Enqueued: 'Count',
  /** Rows with a device that another row had already. */
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

/** The metrics of an invocation: one value each, or one per measurement. */
export type MetricValues = Readonly<Partial<Record<MetricName, number | readonly number[]>>>;

export type Dimensions = Readonly<Record<string, string>>;

/** CloudWatch's limit on the values of one metric in a log line. */
const valuesPerLine = 100;

/**
 * An invocation's metrics in the embedded metric format: fields of a log line from which CloudWatch extracts metrics.
 * Hand-written: AWS's own library (Powertools Metrics 2) costs four times the CPU, and 14 KB of the bundle.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @param timestamp milliseconds since the epoch.
 */
export function metricsBlob(values: MetricValues, dimensions: Dimensions, timestamp: number): Record<string, unknown> {
  const names = (Object.keys(values) as MetricName[]).filter((name) => hasValue(values[name]));
  return {
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [
        {
          Namespace: 'pnm2-relay',
          Dimensions: [Object.keys(dimensions)],
          Metrics: names.map((Name) => ({ Name, Unit: metrics[Name] })),
        },
      ],
    },
    ...dimensions,
    ...Object.fromEntries(names.map((name) => [name, sample(values[name])])),
  };
}

function hasValue(value: number | readonly number[] | undefined): boolean {
  return typeof value === 'object' ? value.length > 0 : (value ?? 0) !== 0;
}

/** Of more values than a line can have, that many, evenly spread over the sorted values so that percentiles stay. */
function sample(value: number | readonly number[] | undefined): number | readonly number[] | undefined {
  if (typeof value !== 'object' || value.length <= valuesPerLine) return value;
  const sorted = value.toSorted((a, b) => a - b);
  const step = (sorted.length - 1) / (valuesPerLine - 1);
  return Array.from({ length: valuesPerLine }, (_, index) => sorted[Math.round(index * step)] ?? 0);
}
