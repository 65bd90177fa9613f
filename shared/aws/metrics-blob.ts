import { metrics, type MetricName } from './metric-names.ts';

/** The values of an invocation by metric: a count, or a list of measurements. */
export type MetricValues = Readonly<Partial<Record<MetricName, number | readonly number[]>>>;

/** The values of one metric that CloudWatch accepts in one line. */
const valuesPerBlob = 100;

/** The dimensions of a metric, such as the stage. */
export type Dimensions = Readonly<Record<string, string>>;

/**
 * The metrics of an invocation in the embedded metric format: fields of a log line that CloudWatch turns into metrics.
 * Written by hand: in `accept` it costs 0.9 µs of CPU per push. The library of AWS (Powertools Metrics 2) costs 3.4 µs,
 * loads 2 to 5 ms later in a new instance, adds 14 KB to the bundle, and keeps the values of an invocation in an object
 * that outlives it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @param timestamp milliseconds since the epoch.
 */
export function metricsBlob(values: MetricValues, dimensions: Dimensions, timestamp: number): Record<string, unknown> {
  const names = (Object.keys(values) as MetricName[]).filter((name) => !isNothing(values[name]));
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
    ...Object.fromEntries(names.map((name) => [name, spread(values[name])])),
  };
}

function isNothing(value: number | readonly number[] | undefined): boolean {
  return value === undefined || value === 0 || (typeof value === 'object' && value.length === 0);
}

/** Reduces a long list to the accepted number of values, evenly over the sorted ones, which preserves percentiles. */
function spread(value: number | readonly number[] | undefined): number | readonly number[] | undefined {
  if (typeof value !== 'object' || value.length <= valuesPerBlob) return value;
  const sorted = value.toSorted((a, b) => a - b);
  const step = (sorted.length - 1) / (valuesPerBlob - 1);
  return Array.from({ length: valuesPerBlob }, (_, index) => sorted[Math.round(index * step)] ?? 0);
}
