import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { usePackaged } from './packaged.ts';
import { conditional } from './resources.ts';

const packaged = usePackaged('alarms');

const oneOrMore = <S extends v.GenericSchema>(schema: S) =>
  v.pipe(
    v.union([v.array(schema), schema]),
    v.transform((value): v.InferOutput<S>[] => (Array.isArray(value) ? value : [value])),
  );

/** Strict, so that no NotAction or NotResource can widen what a role may do. */
const statementShape = v.strictObject({
  Effect: v.picklist(['Allow', 'Deny']),
  Action: oneOrMore(v.string()),
  Resource: oneOrMore(v.unknown()),
  Condition: v.optional(
    v.union([
      v.strictObject({ 'ForAllValues:StringLike': v.strictObject({ 'dynamodb:LeadingKeys': v.string() }) }),
      v.strictObject({ 'ForAnyValue:StringLike': v.strictObject({ 'dynamodb:LeadingKeys': v.string() }) }),
    ]),
  ),
});
const roleShape = v.strictObject({
  AssumeRolePolicyDocument: v.unknown(),
  Policies: v.array(
    v.object({
      PolicyDocument: v.object({ Version: v.literal('2012-10-17'), Statement: v.array(conditional(statementShape)) }),
    }),
  ),
});
type Statement = v.InferOutput<typeof statementShape>;

const statementsOf = (role: unknown): Statement[] =>
  v.parse(roleShape, role).Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);

/** The objects of the one bucket cannot be named one by one, so these patterns do not count as wildcards. */
const objectsOfBucket = v.object({
  'Fn::Sub': v.picklist(['${SweepsBucket.Arn}/*', '${SweepsBucket.Arn}/plans/*', '${SweepsBucket.Arn}/snapshots/*']),
});

/** The patterns of a statement that name more than one action or resource. */
const wildcardsOf = ({ Action, Resource }: Statement): string[] => {
  const named = Resource.filter((resource) => !v.is(objectsOfBucket, resource));
  return [...Action, ...named.map((resource) => JSON.stringify(resource))].filter((text) => /[*?]/.test(text));
};

/** Objects of the bucket, or an index of the table. */
const partOfResource = v.object({ 'Fn::Sub': v.pipe(v.string(), v.regex(/^\$\{\w+\.Arn\}\//)) });

/** The Ref of a topic is its ARN. */
const topic = v.object({ Ref: v.literal('OutcomesTopic') });

const resourceName = (resource: unknown) => {
  if (typeof resource === 'string') return resource;
  if (v.is(topic, resource)) return resource.Ref;
  return v.is(partOfResource, resource)
    ? resource['Fn::Sub'].replace(/\$\{(\w+\.Arn)\}/, '$1')
    : v.parse(v.object({ 'Fn::GetAtt': v.array(v.string()) }), resource)['Fn::GetAtt'].join('.');
};

/** What a role may do or may not do, one action on one resource each. */
const permissionsOf = (role: unknown, effect: Statement['Effect'] = 'Allow') =>
  statementsOf(role)
    .filter(({ Effect }) => Effect === effect)
    .flatMap(({ Action, Resource }) =>
      Resource.flatMap((resource) => Action.map((action) => `${action} ${resourceName(resource)}`)),
    );

const roles = () => packaged().ofType('AWS::IAM::Role');

describe('the roles of the functions and of the schedule', () => {
  it('permit what their functions do, and nothing else', () => {
    const permissions = Object.entries(roles()).map(([name, role]) => [name, permissionsOf(role)]);
    expect(Object.fromEntries(permissions)).toEqual({
      AcceptRole: [
        'logs:CreateLogStream AcceptLogGroup.Arn',
        'logs:PutLogEvents AcceptLogGroup.Arn',
        'sqs:SendMessage PushesQueue.Arn',
        'sqs:GetQueueAttributes PushesQueue.Arn',
        ...['Query', 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'].map((act) => `dynamodb:${act} DevicesTable.Arn`),
      ],
      DevicesRole: [
        'logs:CreateLogStream DevicesLogGroup.Arn',
        'logs:PutLogEvents DevicesLogGroup.Arn',
        'sqs:ReceiveMessage PrunesQueue.Arn',
        'sqs:DeleteMessage PrunesQueue.Arn',
        'sqs:GetQueueAttributes PrunesQueue.Arn',
        ...['Query', 'PutItem', 'DeleteItem'].map((action) => `dynamodb:${action} DevicesTable.Arn`),
        'dynamodb:Query DevicesTable.Arn/index/byDevice',
      ],
      DeliverRole: [
        'logs:CreateLogStream DeliverLogGroup.Arn',
        'logs:PutLogEvents DeliverLogGroup.Arn',
        'sqs:ReceiveMessage PushesQueue.Arn',
        'sqs:DeleteMessage PushesQueue.Arn',
        'sqs:GetQueueAttributes PushesQueue.Arn',
        'sqs:ChangeMessageVisibility PushesQueue.Arn',
        'sqs:ReceiveMessage SweepsQueue.Arn',
        'sqs:DeleteMessage SweepsQueue.Arn',
        'sqs:GetQueueAttributes SweepsQueue.Arn',
        'sqs:ChangeMessageVisibility SweepsQueue.Arn',
        'sqs:SendMessage UndeliverableQueue.Arn',
        'sqs:SendMessage OutcomeCountsQueue.Arn',
        'sns:Publish OutcomesTopic',
        'kms:GenerateDataKey arn:aws:kms:eu-central-1:123456789012:key/o',
        'kms:Decrypt arn:aws:kms:eu-central-1:123456789012:key/o',
      ],
      SweepRole: [
        'logs:CreateLogStream SweepLogGroup.Arn',
        'logs:PutLogEvents SweepLogGroup.Arn',
        'sqs:SendMessage SweepsQueue.Arn',
        'sqs:SendMessage MissedTicksQueue.Arn',
        'sqs:ReceiveMessage OutcomeCountsQueue.Arn',
        'sqs:DeleteMessage OutcomeCountsQueue.Arn',
        's3:ListBucket SweepsBucket.Arn',
        's3:GetObject SweepsBucket.Arn/*',
        's3:PutObject SweepsBucket.Arn/plans/*',
        's3:DeleteObject SweepsBucket.Arn/plans/*',
        's3:PutObject SweepsBucket.Arn/snapshots/*',
        's3:AbortMultipartUpload SweepsBucket.Arn/snapshots/*',
        's3:DeleteObject SweepsBucket.Arn/snapshots/*',
        'dynamodb:Scan DevicesTable.Arn',
        'dynamodb:Query DevicesTable.Arn',
      ],
      SweepScheduleRole: ['lambda:InvokeFunction SweepLambdaFunction.Arn', 'sqs:SendMessage MissedTicksQueue.Arn'],
    });
  });

  it('let `accept` write nothing in the registry but the records of requests', () => {
    const writes = statementsOf(roles()['AcceptRole']).filter(({ Action }) =>
      Action.some((one) => one.endsWith('Item')),
    );
    expect(writes.map(({ Condition }) => Condition)).toEqual([
      { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': '#idempotency#*' } },
    ]);
  });

  it('let `devices` neither read nor write the records of requests', () => {
    const role = roles()['DevicesRole'];
    const table = permissionsOf(role).filter((permission) => permission.endsWith(' DevicesTable.Arn'));
    expect(permissionsOf(role, 'Deny')).toEqual(table);
    expect(statementsOf(role).filter(({ Effect }) => Effect === 'Deny')).toMatchObject([
      { Condition: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': '#*' } } },
    ]);
  });

  it('contain no wildcard', () => {
    const wildcards = Object.values(roles()).flatMap(statementsOf).flatMap(wildcardsOf);
    expect(wildcards).toEqual([]);
  });

  it.each<[where: string, statement: object]>([
    ['an action', { Action: 'sqs:*', Resource: { 'Fn::GetAtt': ['PushesQueue', 'Arn'] } }],
    ['one of several actions', { Action: ['sqs:SendMessage', 'sqs:Get*'], Resource: 'arn:aws:sqs:eu-central-1:1:q' }],
    ['a resource', { Action: 'sqs:SendMessage', Resource: '*' }],
    ['one of several resources', { Action: 'sqs:SendMessage', Resource: ['arn:aws:sqs:eu-central-1:1:q', 'arn:*'] }],
    ['a composed resource', { Action: 'sqs:SendMessage', Resource: { 'Fn::Sub': 'arn:aws:sqs:${AWS::Region}:1:*' } }],
    ['the objects of any bucket', { Action: 's3:GetObject', Resource: 'arn:aws:s3:::*/plans/*' }],
    [
      'the objects of several buckets',
      { Action: 's3:GetObject', Resource: { 'Fn::Sub': '${SweepsBucket.Arn}*/plans/*' } },
    ],
    ['a prefix of objects', { Action: 's3:PutObject', Resource: { 'Fn::Sub': '${SweepsBucket.Arn}/p*' } }],
  ])('would be refused with a wildcard in %s', (_where, statement) => {
    expect(wildcardsOf(v.parse(statementShape, { Effect: 'Allow', ...statement }))).not.toEqual([]);
  });

  it('trust Lambda, and the role of the schedule trusts Scheduler for this account', () => {
    const trusted = Object.entries(roles()).map(([name, role]) => [
      name,
      v.parse(roleShape, role).AssumeRolePolicyDocument,
    ]);
    const assumedBy = (Service: string, condition: object = {}) => ({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole', ...condition }],
    });
    expect(Object.fromEntries(trusted)).toEqual({
      AcceptRole: assumedBy('lambda.amazonaws.com'),
      DeliverRole: assumedBy('lambda.amazonaws.com'),
      DevicesRole: assumedBy('lambda.amazonaws.com'),
      SweepRole: assumedBy('lambda.amazonaws.com'),
      SweepScheduleRole: assumedBy('scheduler.amazonaws.com', {
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    });
  });

  it('are the only policies, and no resource is open to everyone', () => {
    for (const type of ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy']) {
      expect(packaged().ofType(type)).toEqual({});
    }
    const text = JSON.stringify(packaged().template.Resources);
    const open = /"Effect":"Allow","Principal":("\*"|\{"AWS":"\*"\})/;
    expect(text).not.toMatch(open);
  });
});
