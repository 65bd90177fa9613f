import * as v from 'valibot';

/** The metrics of AWS services that the dashboards show, and the dimension of each. */
export const awsMetrics: Record<string, { readonly dimension: string; readonly names: readonly string[] }> = {
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
  'AWS/DynamoDB': {
    dimension: 'TableName',
    names: [
      'ConsumedReadCapacityUnits',
      'ConsumedWriteCapacityUnits',
      'ReadThrottleEvents',
      'TimeToLiveDeletedItemCount',
      'WriteThrottleEvents',
    ],
  },
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
  'AWS/SQS': {
    dimension: 'QueueName',
    names: [
      'ApproximateAgeOfOldestMessage',
      'ApproximateNumberOfMessagesDelayed',
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateNumberOfMessagesVisible',
      'NumberOfEmptyReceives',
      'NumberOfMessagesDeleted',
      'NumberOfMessagesReceived',
      'NumberOfMessagesSent',
    ],
  },
  // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
  'AWS/Lambda': { dimension: 'FunctionName', names: ['Duration', 'Errors', 'Invocations', 'Throttles'] },
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
  'AWS/ApiGateway': { dimension: 'ApiId', names: ['4xx', '5xx', 'Count', 'Latency'] },
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html
  'AWS/Logs': { dimension: 'LogGroupName', names: ['IncomingBytes'] },
};

const options = v.strictObject({
  id: v.optional(v.pipe(v.string(), v.regex(/^[a-z]\w*$/))),
  label: v.optional(v.string()),
  stat: v.optional(v.string()),
  visible: v.optional(v.boolean()),
  yAxis: v.optional(v.literal('right')),
});
const calculation = v.tuple([v.strictObject({ ...options.entries, expression: v.string() })]);
const text = v.string();
const metricOfOneDimension = v.tuple([text, text, text, text, options]);
const metricOfTwoDimensions = v.tuple([text, text, text, text, text, text, options]);
const place = {
  x: v.pipe(v.number(), v.integer(), v.minValue(0)),
  y: v.pipe(v.number(), v.integer(), v.minValue(0)),
  width: v.pipe(v.number(), v.integer(), v.minValue(1)),
  height: v.pipe(v.number(), v.integer(), v.minValue(1)),
};
const axis = v.strictObject({
  min: v.optional(v.number()),
  max: v.optional(v.number()),
  label: v.optional(v.string()),
  showUnits: v.optional(v.boolean()),
});
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
export const dashboardShape = v.strictObject({
  start: v.string(),
  periodOverride: v.picklist(['auto', 'inherit']),
  widgets: v.array(
    v.variant('type', [
      v.strictObject({
        type: v.literal('text'),
        ...place,
        properties: v.strictObject({ markdown: v.string(), background: v.picklist(['transparent', 'solid']) }),
      }),
      v.strictObject({
        type: v.literal('metric'),
        ...place,
        properties: v.strictObject({
          title: v.string(),
          region: v.string(),
          view: v.picklist(['timeSeries', 'singleValue']),
          stacked: v.optional(v.boolean()),
          stat: v.optional(v.string()),
          period: v.optional(v.pipe(v.number(), v.multipleOf(60))),
          setPeriodToTimeRange: v.optional(v.boolean()),
          yAxis: v.optional(v.strictObject({ left: v.optional(axis), right: v.optional(axis) })),
          annotations: v.optional(
            v.strictObject({
              horizontal: v.array(v.strictObject({ value: v.number(), label: v.string(), yAxis: v.literal('right') })),
            }),
          ),
          metrics: v.array(v.union([calculation, metricOfOneDimension, metricOfTwoDimensions])),
        }),
      }),
    ]),
  ),
});
export type Dashboard = v.InferOutput<typeof dashboardShape>;
