import { describe, expect, it } from 'vitest';
import type { AwsRule } from './aws-rule.ts';
import { awsRules } from './aws-rules.ts';
import { usePackaged, type Template } from './packaged.ts';

const packaged = usePackaged('alarms');
const withEmail = usePackaged('alarmEmail');
const bare = usePackaged('bare');

const getAtt = (name: string) => ({ 'Fn::GetAtt': [name, 'Arn'] });
const queueArns = ['PushesQueue', 'SweepsQueue'].map(getAtt);
const longWord = 'x'.repeat(2000);

/** A fault for each rule: what it says, where in the template the fault is, and the value that is wrong. */
const faults: readonly [rule: string, resource: string, path: string, value: unknown][] = [
  ['covers this queue alone', 'QueuesOverTlsOnly', 'PolicyDocument.Statement.0.Resource', queueArns],
  ['is a text', 'QueuesOverTlsOnly', 'PolicyDocument.Statement.0.Condition.Bool.aws:SecureTransport', false],
  ['six timeouts', 'PushesQueue', 'VisibilityTimeout', 179],
  ['six timeouts', 'DeliverLambdaFunction', 'Timeout', 60],
  ['no others', 'DevicesTable', 'AttributeDefinitions.3.AttributeName', 'other'],
  ['has a batching window', 'DeliverEventSourceMappingSQSSweepsQueue', 'BatchSize', 11],
  ['2 to 1,000', 'DeliverEventSourceMappingSQSPushesQueue', 'ScalingConfig.MaximumConcurrency', 1],
  ['reads a queue', 'DeliverRole', 'Policies.0.PolicyDocument.Statement.1.Action', ['sqs:ReceiveMessage']],
  ['kept longer', 'UndeliverableQueue', 'MessageRetentionPeriod', 345_600],
  ['from 5 to 1,000 times', 'PushesQueue', 'RedrivePolicy.maxReceiveCount', 1001],
  ['900 seconds', 'SweepLambdaFunction', 'Environment.Variables.TICK_MINUTES', '20'],
  ['trusts Lambda', 'AcceptRole', 'AssumeRolePolicyDocument.Statement.0.Principal.Service', 'edgelambda.amazonaws.com'],
  ['log group of its name', 'AcceptLogGroup', 'LogGroupName', '/aws/lambda/accept'],
  ['queue of its failures', 'SweepRole', 'Policies.0.PolicyDocument.Statement.1.Resource', queueArns],
  [
    'Scheduler may assume',
    'SweepScheduleRole',
    'AssumeRolePolicyDocument.Statement.0.Principal.Service',
    'events.amazonaws.com',
  ],
  [
    'may invoke its function',
    'SweepScheduleRole',
    'Policies.0.PolicyDocument.Statement.0.Action',
    'lambda:InvokeAsync',
  ],
  ['its dead-letter queue', 'SweepScheduleRole', 'Policies.0.PolicyDocument.Statement.1.Resource', queueArns],
  ['API Gateway may invoke', 'AcceptLambdaPermissionHttpApi', 'Principal', 'lambda.amazonaws.com'],
  ['times out before the API', 'AcceptLambdaFunction', 'Timeout', 30],
  ['access log', 'HttpApiStage', 'AccessLogSettings.Fn::If.1.Format', '$context.status'],
  ['access log', 'HttpApiStage', 'AccessLogSettings.Fn::If.1.DestinationArn.Fn::GetAtt.0', 'NoLogGroup'],
  ['permits CloudWatch', 'AlarmTopicPolicy', 'PolicyDocument.Statement.0.Condition.StringEquals', {}],
  ['permits CloudWatch', 'AlarmTopicPolicy', 'PolicyDocument.Statement.0.Principal.Service', 'events.amazonaws.com'],
  ["SNS's own key", 'AlarmTopic', 'KmsMasterKeyId', 'alias/aws/sns'],
  ['up to 5 attributes', 'OutcomesUrl', 'FilterPolicy.client', Array.from({ length: 151 }, String)],
  ['up to 5 attributes', 'OutcomesUrl', 'FilterPolicy.client', []],
  ['does not take', 'OutcomesUrl', 'RedrivePolicy.deadLetterTargetArn', getAtt('PushesQueue')],
  ['does not take', 'OutcomesUrl', 'RedrivePolicy.deadLetterTargetArn', getAtt('OutcomesTopic')],
  [
    'does not take',
    'OutcomesUndeliveredQueuePolicy',
    'PolicyDocument.Statement.0.Condition.ArnEquals.aws:SourceArn',
    { Ref: 'AlarmTopic' },
  ],
  ['that subscribes', 'PrunesQueuePolicy', 'PolicyDocument.Statement.0.Principal.Service', 'sqs.amazonaws.com'],
  ['one policy at the most', 'OutcomesUndeliveredQueuePolicy', 'Queues', [{ Ref: 'PushesQueue' }]],
  ['an hour at the most', 'OutcomesUrl', 'DeliveryPolicy.healthyRetryPolicy.numRetries', 13],
  ['an hour at the most', 'OutcomesUrl', 'Protocol', 'sqs'],
  ['without their envelope', 'OutcomesQueue', 'Protocol', 'email'],
  ['may use this key', 'OutcomesTopic', 'KmsMasterKeyId.Fn::If.1', 'arn:aws:kms:eu-central-1:123456789012:key/other'],
  ['name of up to 255', 'OldestPushAlarm', 'AlarmDescription', longWord],
  ['looks back a day', 'OldestPushAlarm', 'EvaluationPeriods', 1441],
  ['looks back a day', 'OldestPushAlarm', 'Period', 90],
  ['watches one result', 'GatewayFailuresAlarm', 'Metrics.1.ReturnData', true],
  ['begin with a small letter', 'GatewayFailuresAlarm', 'Metrics.0.Id', 'Percent'],
  ['letters, digits', 'Dashboard', 'DashboardName', 'pnm2 relay'],
];

function ruleOf(words: string): AwsRule {
  const [rule, ...others] = awsRules.filter(({ says }) => says.includes(words));
  if (rule === undefined || others.length > 0) throw new Error(`Not one rule says "${words}".`);
  return rule;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** A copy of the template with another value at a path. The path must exist, so that no fault is put beside its place. */
function withFault(template: Template, resource: string, path: string, value: unknown): Template {
  const copy = structuredClone(template);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let place: unknown = copy.Resources[resource]?.Properties;
  for (const key of keys) place = isRecord(place) ? place[key] : undefined;
  if (!isRecord(place) || !Object.hasOwn(place, last)) throw new Error(`The template has no ${resource} ${path}.`);
  place[last] = value;
  return copy;
}

describe('AWS', () => {
  it.each(awsRules)('finds that $says', ({ breaches }) => {
    for (const deployment of [packaged, withEmail, bare]) expect(breaches(deployment().template)).toEqual([]);
  });

  it.each(faults)('would refuse a breach of "%s": %s %s', (words, resource, path, value) => {
    expect(ruleOf(words).breaches(withFault(packaged().template, resource, path, value))).not.toEqual([]);
  });

  it('has a fault for every rule, and a source', () => {
    const tried = new Set(faults.map(([words]) => ruleOf(words)));
    expect(awsRules.filter((rule) => !tried.has(rule)).map(({ says }) => says)).toEqual([]);
    for (const { source } of awsRules) expect(source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
  });
});
