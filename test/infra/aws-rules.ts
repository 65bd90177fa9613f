import * as v from 'valibot';
import { those, type AwsRule } from './aws-rule.ts';
import { all, one, permits, reference, roleOf, trusts } from './resources.ts';
import { topicRules } from './topic-rules.ts';

const isBoolean = (value: unknown) => typeof value === 'boolean';
const developerGuide = 'https://docs.aws.amazon.com/lambda/latest/dg';
const sqsGuide = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide';
const dynamoReference = 'https://docs.aws.amazon.com/amazondynamodb/latest/APIReference';
const cloudWatchReference = 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference';

/** What the framework itself writes: it is deployed everywhere, and no part of this project. */
const ofFramework = ['ServerlessDeploymentBucketPolicy'];

export const awsRules: readonly AwsRule[] = [
  ...topicRules,
  {
    says: 'the policy of a queue covers this queue alone',
    source: `${sqsGuide}/AccessPolicyLanguage_SpecialInfo.html`,
    breaches: those('AWS::SQS::QueuePolicy', ({ Queues, PolicyDocument }) =>
      PolicyDocument.Statement.some(({ Resource }) =>
        Resource?.some((one) => one !== '*' && !(Queues.length === 1 && v.parse(reference, one) === Queues[0])),
      ),
    ),
  },
  {
    says: 'a queue has one policy at the most, because a second one replaces the first',
    source: `${sqsGuide}/sqs-overview-of-managing-access.html`,
    breaches: (template) => {
      const queues = all(template, 'AWS::SQS::QueuePolicy').flatMap(([, { Queues }]) => Queues);
      return queues.filter((queue, index) => queues.indexOf(queue) !== index);
    },
  },
  {
    says: 'a boolean in a condition is a text',
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html',
    breaches: (template) =>
      (['AWS::SQS::QueuePolicy', 'AWS::S3::BucketPolicy', 'AWS::SNS::TopicPolicy'] as const)
        .flatMap((type) => all(template, type))
        .filter(([, { PolicyDocument }]) =>
          PolicyDocument.Statement.some(({ Condition }) =>
            Object.values(Condition).some((keys) => Object.values(keys).some(isBoolean)),
          ),
        )
        .map(([name]) => name)
        .filter((name) => !ofFramework.includes(name)),
  },
  {
    says: 'a queue hides a message for six timeouts of its function and the batching window',
    source: `${developerGuide}/services-sqs-configure.html`,
    breaches: those('AWS::Lambda::EventSourceMapping', (mapping, template) => {
      const { VisibilityTimeout } = one(template, 'AWS::SQS::Queue', mapping.EventSourceArn);
      const { Timeout } = one(template, 'AWS::Lambda::Function', mapping.FunctionName);
      return VisibilityTimeout < 6 * Timeout + mapping.MaximumBatchingWindowInSeconds;
    }),
  },
  {
    says: 'a table defines the attributes that are keys, and no others',
    source: `${dynamoReference}/API_CreateTable.html`,
    breaches: those('AWS::DynamoDB::Table', ({ AttributeDefinitions, KeySchema, GlobalSecondaryIndexes }) => {
      const namesOf = (all: readonly { readonly AttributeName: string }[]) =>
        new Set(all.map(({ AttributeName }) => AttributeName));
      const keys = namesOf([KeySchema, ...GlobalSecondaryIndexes.map((index) => index.KeySchema)].flat());
      return keys.symmetricDifference(namesOf(AttributeDefinitions)).size > 0;
    }),
  },
  {
    says: 'a batch of more than 10 has a batching window',
    source: `${developerGuide}/API_CreateEventSourceMapping.html`,
    breaches: those(
      'AWS::Lambda::EventSourceMapping',
      ({ BatchSize, MaximumBatchingWindowInSeconds: window }) => BatchSize > 10 && window < 1,
    ),
  },
  {
    says: 'a mapping has from 2 to 1,000 concurrent instances',
    source: `${developerGuide}/services-sqs-scaling.html`,
    breaches: those('AWS::Lambda::EventSourceMapping', ({ ScalingConfig: { MaximumConcurrency: instances } }) => {
      return instances < 2 || instances > 1000;
    }),
  },
  {
    says: 'the role of a function that reads a queue may receive, delete and ask for its attributes',
    source: `${developerGuide}/services-sqs-configure.html`,
    breaches: those('AWS::Lambda::EventSourceMapping', ({ EventSourceArn, FunctionName }, template) =>
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'].some(
        (action) => !permits(template, roleOf(template, FunctionName), action, EventSourceArn),
      ),
    ),
  },
  {
    says: 'dead letters are kept longer than their source keeps messages',
    source: `${sqsGuide}/sqs-dead-letter-queues.html`,
    breaches: those('AWS::SQS::Queue', ({ RedrivePolicy, MessageRetentionPeriod }, template) => {
      if (RedrivePolicy === undefined) return false;
      const deadLetters = one(template, 'AWS::SQS::Queue', RedrivePolicy.deadLetterTargetArn);
      return deadLetters.MessageRetentionPeriod <= MessageRetentionPeriod;
    }),
  },
  {
    says: 'a message that Lambda reads is received from 5 to 1,000 times before it becomes a dead letter',
    source: `${developerGuide}/services-sqs-configure.html`,
    breaches: those('AWS::SQS::Queue', ({ RedrivePolicy: { maxReceiveCount = 5 } = {} }) => {
      return maxReceiveCount < 5 || maxReceiveCount > 1000;
    }),
  },
  {
    says: 'the pushes of a tick are delayed by 900 seconds at the most',
    source: `${sqsGuide}/quotas-messages.html`,
    breaches: those('AWS::Lambda::Function', ({ Environment: { Variables } }) => {
      return Number(Variables['TICK_MINUTES'] ?? 0) * 60 > 900;
    }),
  },
  {
    says: 'the role of a function trusts Lambda',
    source: `${developerGuide}/lambda-intro-execution-role.html`,
    breaches: those('AWS::Lambda::Function', ({ Role }, template) => !trusts(template, Role, 'lambda.amazonaws.com')),
  },
  {
    says: 'a function has the log group of its name, because its role may create none',
    source: `${developerGuide}/monitoring-cloudwatchlogs.html`,
    breaches: those('AWS::Lambda::Function', ({ FunctionName }, template) =>
      all(template, 'AWS::Logs::LogGroup').every(([, group]) => group.LogGroupName !== `/aws/lambda/${FunctionName}`),
    ),
  },
  {
    says: 'the role of a function may write to the queue of its failures',
    source: `${developerGuide}/invocation-async-retain-records.html`,
    breaches: those('AWS::Lambda::EventInvokeConfig', ({ FunctionName, DestinationConfig }, template) => {
      const { Destination } = DestinationConfig.OnFailure;
      return !permits(template, roleOf(template, FunctionName), 'sqs:SendMessage', Destination);
    }),
  },
  {
    says: 'Scheduler may assume the role of a schedule',
    source: 'https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html',
    breaches: those('AWS::Scheduler::Schedule', ({ Target }, template) => {
      return !trusts(template, Target.RoleArn, 'scheduler.amazonaws.com');
    }),
  },
  {
    says: 'the role of a schedule may invoke its function',
    source: 'https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html',
    breaches: those('AWS::Scheduler::Schedule', ({ Target: { RoleArn, Arn } }, template) => {
      return !permits(template, RoleArn, 'lambda:InvokeFunction', Arn);
    }),
  },
  {
    says: 'the role of a schedule may write to its dead-letter queue',
    source: 'https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html',
    breaches: those('AWS::Scheduler::Schedule', ({ Target: { RoleArn, DeadLetterConfig } }, template) => {
      return !permits(template, RoleArn, 'sqs:SendMessage', DeadLetterConfig.Arn);
    }),
  },
  {
    says: 'API Gateway may invoke the function of an integration',
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html',
    breaches: those('AWS::ApiGatewayV2::Integration', ({ IntegrationUri }, template) =>
      all(template, 'AWS::Lambda::Permission').every(
        ([, { FunctionName, Action, Principal }]) =>
          FunctionName !== IntegrationUri ||
          Action !== 'lambda:InvokeFunction' ||
          Principal !== 'apigateway.amazonaws.com',
      ),
    ),
  },
  {
    says: 'a function of the API times out before the API does, which waits for 30 seconds at the most',
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html',
    breaches: those('AWS::ApiGatewayV2::Integration', ({ IntegrationUri, TimeoutInMillis }, template) => {
      const { Timeout } = one(template, 'AWS::Lambda::Function', IntegrationUri);
      return TimeoutInMillis > 30_000 || Timeout * 1000 >= TimeoutInMillis;
    }),
  },
  {
    says: 'a line of the access log has the id of its request, and goes to a log group of the stack',
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html',
    breaches: those('AWS::ApiGatewayV2::Stage', ({ AccessLogSettings: { DestinationArn, Format } }, template) => {
      const groups = all(template, 'AWS::Logs::LogGroup').map(([name]) => name);
      return !Format.includes('$context.requestId') || Format.includes('\n') || !groups.includes(DestinationArn);
    }),
  },
  {
    says: 'an alarm has a name of up to 255 and a description of up to 1,024 characters',
    source: `${cloudWatchReference}/API_PutMetricAlarm.html`,
    breaches: those('AWS::CloudWatch::Alarm', ({ AlarmName, AlarmDescription }) => {
      return AlarmName.length > 255 || AlarmDescription.length > 1024;
    }),
  },
  {
    says: 'an alarm looks back a day at the most, in periods of whole minutes',
    source: `${cloudWatchReference}/API_PutMetricAlarm.html`,
    breaches: those('AWS::CloudWatch::Alarm', ({ Period, Metrics = [], EvaluationPeriods }) =>
      [Period, ...Metrics.map(({ MetricStat }) => MetricStat?.Period)].some(
        (period) => period !== undefined && (period % 60 !== 0 || period * EvaluationPeriods > 86_400),
      ),
    ),
  },
  {
    says: 'an alarm computes with up to 10 metrics and watches one result',
    source: `${cloudWatchReference}/API_MetricDataQuery.html`,
    breaches: those('AWS::CloudWatch::Alarm', ({ Metrics }) => {
      if (Metrics === undefined) return false;
      const queried = Metrics.filter(({ MetricStat }) => MetricStat !== undefined);
      return queried.length > 10 || Metrics.filter(({ ReturnData }) => ReturnData).length !== 1;
    }),
  },
  {
    says: 'an alarm computes with ids that begin with a small letter',
    source: `${cloudWatchReference}/API_MetricDataQuery.html`,
    breaches: those('AWS::CloudWatch::Alarm', ({ Metrics = [] }) => Metrics.some(({ Id }) => !/^[a-z]\w*$/.test(Id))),
  },
  {
    says: 'a dashboard has a name of letters, digits, hyphens and underscores',
    source: `${cloudWatchReference}/API_PutDashboard.html`,
    breaches: those('AWS::CloudWatch::Dashboard', ({ DashboardName }) => !/^[\w-]{1,255}$/.test(DashboardName)),
  },
];
