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
    maximumBatchingWindow: v.optional(number, 0),
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

const schedule = v.object({
  Properties: v.object({
    ScheduleExpression: v.pipe(
      v.string(),
      v.regex(/^cron\(0\/\d+ \* \* \* \? \*\)$/, 'only every so many minutes of an hour is played here'),
      v.transform((expression) => Number(/\/(\d+)/.exec(expression)?.[1])),
    ),
    Target: v.object({ Arn: arnOf, Input: v.string() }),
  }),
});

/** What `framework-plugin.ts` sends: the resolved `serverless.yml`, as far as the local stack plays it. */
export const announcedService = v.object({
  functions: v.record(
    v.string(),
    v.object({
      name: v.string(),
      events: v.array(v.unknown()),
      environment: v.optional(v.record(v.string(), v.unknown()), {}),
    }),
  ),
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
  readonly batchWindowSeconds: number;
  readonly maximumConcurrency: number;
}

export function mappingsOf({ functions }: AnnouncedService): MappingDefinition[] {
  return Object.values(functions).flatMap(({ name, events }) =>
    events
      .filter((event) => v.is(v.object({ sqs: v.unknown() }), event))
      .map((event) => v.parse(sqsEvent, event).sqs)
      .map(({ arn, batchSize, maximumBatchingWindow, maximumConcurrency }) => ({
        functionName: name,
        queueLogicalId: arn,
        batchRecords: batchSize,
        batchWindowSeconds: maximumBatchingWindow,
        maximumConcurrency,
      })),
  );
}

/** The names of the buckets: those that the functions of the stage `local` are given, for the template has none. */
export function bucketsOf({ functions }: AnnouncedService): string[] {
  const names = Object.values(functions).map(({ environment }) => environment['SWEEPS_BUCKET']);
  return [...new Set(names.filter((name) => typeof name === 'string'))];
}

/** That a function is invoked by the clock. */
export interface ScheduleDefinition {
  readonly functionName: string;
  readonly everyMinutes: number;
  /** JSON, with the words that EventBridge Scheduler puts the time in place of. */
  readonly input: string;
}

export function schedulesOf({ functions, resources }: AnnouncedService): ScheduleDefinition[] {
  // As the framework names them in the template.
  const logicalId = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}LambdaFunction`;
  const namesByLogicalId = new Map(Object.entries(functions).map(([key, { name }]) => [logicalId(key), name]));
  return Object.values(resources.Resources)
    .filter((resource) => v.is(v.object({ Type: v.literal('AWS::Scheduler::Schedule') }), resource))
    .map((resource) => v.parse(schedule, resource).Properties)
    .map(({ ScheduleExpression: everyMinutes, Target: { Arn: target, Input: input } }) => {
      const functionName = namesByLogicalId.get(target);
      if (functionName === undefined) throw new Error(`a schedule is of ${target}, which is no function`);
      return { functionName, everyMinutes, input };
    });
}
