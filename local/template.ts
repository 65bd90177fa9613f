import * as v from 'valibot';

/** `!GetAtt NAME.Arn`, as the framework resolves it. Becomes NAME. */
const arnOf = v.pipe(
  v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.literal('Arn')]) }),
  v.transform((value) => value['Fn::GetAtt'][0]),
);

const integer = v.pipe(v.union([v.number(), v.string()]), v.transform(Number), v.integer());

const queueShape = v.object({
  QueueName: v.string(),
  VisibilityTimeout: v.optional(integer, 30),
  MessageRetentionPeriod: v.optional(integer, 345_600),
  RedrivePolicy: v.optional(v.object({ deadLetterTargetArn: arnOf, maxReceiveCount: integer })),
});

const mappingShape = v.object({
  arn: arnOf,
  batchSize: v.optional(integer, 10),
  /** In seconds. */
  maximumBatchingWindow: v.optional(integer, 0),
  maximumConcurrency: v.optional(integer, 5),
  functionResponseType: v.literal('ReportBatchItemFailures'),
});

const scheduleShape = v.object({
  ScheduleExpression: v.pipe(
    v.string(),
    v.regex(/^cron\(0\/\d+ \* \* \* \? \*\)$/, 'the local stack only knows schedules of the form cron(0/N * * * ? *)'),
    v.transform((expression) => Number(/\/(\d+)/.exec(expression)?.[1])),
  ),
  Target: v.object({ Arn: arnOf, Input: v.string() }),
});

/** The resolved serverless.yml, as `framework-plugin.ts` sends it. */
export const templateShape = v.object({
  functions: v.record(
    v.string(),
    v.object({
      name: v.string(),
      events: v.array(v.looseObject({ sqs: v.optional(v.unknown()) })),
      environment: v.optional(v.record(v.string(), v.unknown()), {}),
    }),
  ),
  resources: v.object({
    Resources: v.record(
      v.string(),
      v.looseObject({ Type: v.string(), Condition: v.optional(v.string()), Properties: v.optional(v.unknown()) }),
    ),
  }),
});

export type Template = v.InferOutput<typeof templateShape>;

export type QueueDefinition = v.InferOutput<typeof queueShape> & { readonly logicalId: string };

export function queuesOf({ resources }: Template): QueueDefinition[] {
  return Object.entries(resources.Resources)
    .filter(([, { Type }]) => Type === 'AWS::SQS::Queue')
    .map(([logicalId, { Properties }]) => ({ logicalId, ...v.parse(queueShape, Properties) }));
}

const keySchema = v.array(v.object({ AttributeName: v.string(), KeyType: v.picklist(['HASH', 'RANGE']) }));

/** The properties of a table that a call to create it takes as they are. */
const tableShape = v.object({
  TableName: v.string(),
  BillingMode: v.literal('PAY_PER_REQUEST'),
  KeySchema: keySchema,
  AttributeDefinitions: v.array(v.object({ AttributeName: v.string(), AttributeType: v.picklist(['S', 'N', 'B']) })),
  GlobalSecondaryIndexes: v.array(
    v.object({
      IndexName: v.string(),
      KeySchema: keySchema,
      Projection: v.object({ ProjectionType: v.picklist(['ALL', 'KEYS_ONLY']) }),
    }),
  ),
});

export type TableDefinition = v.InferOutput<typeof tableShape>;

export function tablesOf({ resources }: Template): TableDefinition[] {
  return Object.values(resources.Resources)
    .filter(({ Type }) => Type === 'AWS::DynamoDB::Table')
    .map(({ Properties }) => v.parse(tableShape, Properties));
}

/** The names of the topics that the functions publish on. */
export function topicsOf({ functions }: Template): string[] {
  const arns = Object.values(functions).map(({ environment }) => environment['OUTCOMES_TOPIC_ARN']);
  return [...new Set(arns.filter((arn) => typeof arn === 'string').map((arn) => arn.slice(arn.lastIndexOf(':') + 1)))];
}

const subscriptionShape = v.object({
  Protocol: v.literal('sqs'),
  Endpoint: arnOf,
  FilterPolicy: v.record(v.string(), v.array(v.string())),
  RawMessageDelivery: v.literal(true),
});

/** The queues of the relay that subscribe to its topic. Those with a condition are subscribers that a deployment chooses. */
export function subscriptionsOf({ resources }: Template) {
  return Object.values(resources.Resources)
    .filter(({ Type, Condition }) => Type === 'AWS::SNS::Subscription' && Condition === undefined)
    .map(({ Properties }) => {
      const { Endpoint: queue, FilterPolicy: filter } = v.parse(subscriptionShape, Properties);
      return { queue, filter };
    });
}

/** The event source mappings: which function is invoked with batches of which queue. */
export function mappingsOf({ functions }: Template) {
  return Object.values(functions).flatMap(({ name: functionName, events }) =>
    events.filter(({ sqs }) => sqs !== undefined).map(({ sqs }) => ({ functionName, ...v.parse(mappingShape, sqs) })),
  );
}

/** The name of the bucket, from the variables of the functions: for the stage `local` the template has no bucket. */
export function bucketOf({ functions }: Template): string {
  const names = Object.values(functions).map(({ environment }) => environment['SWEEPS_BUCKET']);
  const name = names.find((each) => typeof each === 'string');
  if (name === undefined) throw new Error('No function has the variable SWEEPS_BUCKET.');
  return name;
}

/** The schedules of EventBridge Scheduler: which function is invoked how often, and with which input. */
export function schedulesOf({ functions, resources }: Template) {
  // The framework derives a logical ID from the name of a function.
  const logicalId = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}LambdaFunction`;
  return Object.values(resources.Resources)
    .filter(({ Type }) => Type === 'AWS::Scheduler::Schedule')
    .map(({ Properties }) => {
      const { ScheduleExpression: everyMinutes, Target } = v.parse(scheduleShape, Properties);
      const [, target] = Object.entries(functions).find(([name]) => logicalId(name) === Target.Arn) ?? [];
      if (target === undefined) throw new Error(`The target of a schedule, ${Target.Arn}, is not a function.`);
      return { functionName: target.name, everyMinutes, input: Target.Input };
    });
}
