import * as v from 'valibot';

/** A reference to another resource of the template, as the framework resolves `!GetAtt NAME.Arn`. */
const arnOf = v.pipe(
  v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.literal('Arn')]) }),
  v.transform((value) => value['Fn::GetAtt'][0]),
);

const number = v.pipe(v.union([v.number(), v.string()]), v.transform(Number), v.integer());

const sqsEvent = v.object({
  sqs: v.object({
    arn: arnOf,
    batchSize: v.optional(number, 10),
    maximumConcurrency: v.optional(number, 5),
    functionResponseType: v.literal('ReportBatchItemFailures'),
  }),
});

const queue = v.object({
  Type: v.literal('AWS::SQS::Queue'),
  Properties: v.object({
    QueueName: v.string(),
    VisibilityTimeout: v.optional(number, 30),
    MessageRetentionPeriod: v.optional(number, 345_600),
    RedrivePolicy: v.optional(v.object({ deadLetterTargetArn: arnOf, maxReceiveCount: number })),
  }),
});

/** What `framework-plugin.ts` sends: the resolved `serverless.yml`, as far as the local stack plays it. */
export const announcedService = v.object({
  functions: v.record(v.string(), v.object({ name: v.string(), events: v.array(v.unknown()) })),
  resources: v.object({ Resources: v.record(v.string(), v.unknown()) }),
});

export type AnnouncedService = v.InferOutput<typeof announcedService>;

/** A queue of the template, by the name that the template knows it by. */
export interface QueueDefinition {
  readonly logicalId: string;
  readonly queueName: string;
  readonly visibilityTimeoutSeconds: number;
  readonly retentionSeconds: number;
  readonly redrive?: { readonly toLogicalId: string; readonly maxReceiveCount: number };
}

/** The queues, each after the one that it redrives to. */
export function queuesOf({ resources }: AnnouncedService): QueueDefinition[] {
  const queues = Object.entries(resources.Resources).flatMap(([logicalId, resource]): QueueDefinition[] => {
    if (!v.is(v.object({ Type: v.literal('AWS::SQS::Queue') }), resource)) return [];
    const { Properties } = v.parse(queue, resource);
    const { QueueName: queueName, RedrivePolicy: policy } = Properties;
    const redrive = policy && { toLogicalId: policy.deadLetterTargetArn, maxReceiveCount: policy.maxReceiveCount };
    return [
      {
        logicalId,
        queueName,
        visibilityTimeoutSeconds: Properties.VisibilityTimeout,
        retentionSeconds: Properties.MessageRetentionPeriod,
        ...(redrive && { redrive }),
      },
    ];
  });
  return queues.sort((a, b) => Number(a.redrive !== undefined) - Number(b.redrive !== undefined));
}

/** That a function is invoked with batches of a queue. */
export interface MappingDefinition {
  readonly functionName: string;
  readonly queueLogicalId: string;
  readonly batchRecords: number;
  readonly maximumConcurrency: number;
}

export function mappingsOf({ functions }: AnnouncedService): MappingDefinition[] {
  return Object.values(functions).flatMap(({ name, events }) =>
    events
      .filter((event) => v.is(v.object({ sqs: v.unknown() }), event))
      .map((event) => v.parse(sqsEvent, event).sqs)
      .map(({ arn, batchSize, maximumConcurrency }) => ({
        functionName: name,
        queueLogicalId: arn,
        batchRecords: batchSize,
        maximumConcurrency,
      })),
  );
}
