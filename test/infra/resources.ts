import * as v from 'valibot';
import type { Template } from './packaged.ts';

const anArray = <S extends v.GenericSchema>(schema: S) =>
  v.pipe(
    v.union([v.array(schema), schema]),
    v.transform((value): v.InferOutput<S>[] => (Array.isArray(value) ? value : [value])),
  );
/** A reference to another resource: `!Ref X` or `!GetAtt X.Arn`. It is read as the name of the resource. */
export const reference = v.union([
  v.pipe(
    v.object({ Ref: v.string() }),
    v.transform(({ Ref }) => Ref),
  ),
  v.pipe(
    v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.string()]) }),
    v.transform((value) => value['Fn::GetAtt'][0]),
  ),
]);

const statement = v.object({
  Effect: v.picklist(['Allow', 'Deny']),
  Action: anArray(v.string()),
  Principal: v.optional(v.union([v.string(), v.record(v.string(), v.unknown())])),
  Resource: v.optional(anArray(v.unknown())),
  Condition: v.optional(v.record(v.string(), v.record(v.string(), v.unknown())), {}),
});
const conditionalShape = v.object({ 'Fn::If': v.tuple([v.string(), v.unknown(), v.unknown()]) });
/** What depends on a condition is read as if the condition held. */
export const conditional = <S extends v.GenericSchema<unknown, unknown>>(schema: S) =>
  v.pipe(
    v.unknown(),
    v.transform((value) => (v.is(conditionalShape, value) ? value['Fn::If'][1] : value)),
    schema,
  );
const policy = v.object({ Statement: v.array(conditional(statement)) });
/** Without conditions, a filter is no value. */
const filterPolicy = v.union([
  v.pipe(
    v.strictObject({ Ref: v.literal('AWS::NoValue') }),
    v.transform((): Record<string, string[]> => ({})),
  ),
  v.record(v.string(), v.array(v.string())),
]);

const keys = v.array(v.object({ AttributeName: v.string() }));

const shapes = {
  'AWS::SQS::Queue': v.object({
    VisibilityTimeout: v.optional(v.number(), 30),
    MessageRetentionPeriod: v.optional(v.number(), 345_600),
    RedrivePolicy: v.optional(v.object({ deadLetterTargetArn: reference, maxReceiveCount: v.number() })),
  }),
  'AWS::SQS::QueuePolicy': v.object({ Queues: v.array(reference), PolicyDocument: policy }),
  'AWS::S3::BucketPolicy': v.object({ PolicyDocument: policy }),
  'AWS::SNS::TopicPolicy': v.object({ Topics: v.array(reference), PolicyDocument: policy }),
  'AWS::SNS::Topic': v.object({ KmsMasterKeyId: v.optional(conditional(v.string())) }),
  'AWS::SNS::Subscription': v.object({
    TopicArn: reference,
    Protocol: v.string(),
    Endpoint: v.union([v.string(), reference]),
    RawMessageDelivery: v.optional(v.boolean(), false),
    FilterPolicy: v.optional(filterPolicy, {}),
    RedrivePolicy: v.optional(v.object({ deadLetterTargetArn: reference })),
    DeliveryPolicy: v.optional(
      v.object({
        healthyRetryPolicy: v.object({
          minDelayTarget: v.number(),
          maxDelayTarget: v.number(),
          numRetries: v.number(),
        }),
      }),
    ),
  }),
  'AWS::IAM::Role': v.object({
    AssumeRolePolicyDocument: policy,
    Policies: v.array(v.object({ PolicyDocument: policy })),
  }),
  'AWS::Lambda::Function': v.object({
    FunctionName: v.string(),
    Timeout: v.number(),
    Role: reference,
    Environment: v.object({ Variables: v.record(v.string(), v.unknown()) }),
  }),
  'AWS::Lambda::EventSourceMapping': v.object({
    EventSourceArn: reference,
    FunctionName: reference,
    BatchSize: v.number(),
    MaximumBatchingWindowInSeconds: v.optional(v.number(), 0),
    ScalingConfig: v.object({ MaximumConcurrency: v.number() }),
  }),
  'AWS::Lambda::EventInvokeConfig': v.object({
    FunctionName: reference,
    DestinationConfig: v.object({ OnFailure: v.object({ Destination: reference }) }),
  }),
  'AWS::Lambda::Permission': v.object({ FunctionName: reference, Action: v.string(), Principal: v.string() }),
  'AWS::ApiGatewayV2::Integration': v.object({ IntegrationUri: reference, TimeoutInMillis: v.number() }),
  'AWS::ApiGatewayV2::Stage': v.object({
    AccessLogSettings: conditional(v.object({ DestinationArn: reference, Format: v.string() })),
  }),
  'AWS::DynamoDB::Table': v.object({
    AttributeDefinitions: v.array(v.object({ AttributeName: v.string() })),
    KeySchema: keys,
    GlobalSecondaryIndexes: v.array(v.object({ KeySchema: keys })),
  }),
  'AWS::Logs::LogGroup': v.object({ LogGroupName: v.string() }),
  'AWS::Scheduler::Schedule': v.object({
    Target: v.object({ Arn: reference, RoleArn: reference, DeadLetterConfig: v.object({ Arn: reference }) }),
  }),
  'AWS::CloudWatch::Alarm': v.object({
    AlarmName: v.string(),
    AlarmDescription: v.string(),
    AlarmActions: v.array(reference),
    EvaluationPeriods: v.number(),
    Period: v.optional(v.number()),
    Metrics: v.optional(
      v.array(
        v.object({
          Id: v.string(),
          Expression: v.optional(v.string()),
          ReturnData: v.optional(v.boolean(), true),
          MetricStat: v.optional(v.object({ Period: v.number() })),
        }),
      ),
    ),
  }),
  'AWS::CloudWatch::Dashboard': v.object({ DashboardName: v.string(), DashboardBody: v.unknown() }),
};
export type Shapes = typeof shapes;

/** The resources of a type, by name. */
export function all<T extends keyof Shapes>(template: Template, type: T): [name: string, v.InferOutput<Shapes[T]>][] {
  return Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([name, { Properties }]) => [name, v.parse(shapes[type], Properties) as v.InferOutput<Shapes[T]>]);
}

/** A resource of a type, by name. */
export function one<T extends keyof Shapes>(template: Template, type: T, name: string): v.InferOutput<Shapes[T]> {
  const found = all(template, type).find(([known]) => known === name);
  if (found === undefined) throw new Error(`The template has no ${type} ${name}.`);
  return found[1];
}

/** Whether a role permits an action on a resource of the template, or on one that it gives by its ARN. */
export function permits(template: Template, role: string, action: string, resource: string): boolean {
  return one(template, 'AWS::IAM::Role', role).Policies.some(({ PolicyDocument }) =>
    PolicyDocument.Statement.some(
      ({ Effect, Action, Resource }) =>
        Effect === 'Allow' &&
        Action.includes(action) &&
        Resource?.some((one) => one === resource || (v.is(reference, one) && v.parse(reference, one) === resource)),
    ),
  );
}

/** Whether a service may assume a role. */
export const trusts = (template: Template, role: string, service: string) =>
  one(template, 'AWS::IAM::Role', role).AssumeRolePolicyDocument.Statement.some(
    ({ Effect, Principal }) => Effect === 'Allow' && typeof Principal === 'object' && Principal['Service'] === service,
  );

/** The role of a function. */
export const roleOf = (template: Template, name: string) => one(template, 'AWS::Lambda::Function', name).Role;
