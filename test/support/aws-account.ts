import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen, type Listening } from '../../local/listen.ts';

/** An AWS account, as far as the doctor asks for it. */
export interface StandInAccount {
  /** The concurrent executions that Lambda allows. */
  readonly concurrency?: number;
  /** Those that are not reserved for other functions; default: all. */
  readonly unreserved?: number;
  /** The status of each stack, by name. */
  readonly stacks?: Readonly<Record<string, string>>;
  /** The buckets of every stack: how many objects each has, or `undefined` where the bucket is gone. */
  readonly buckets?: Readonly<Record<string, number | undefined>>;
  /** Whether the table of the registry exists; it does if the stack has it. */
  readonly table?: 'absent' | 'of the stack' | 'left';
  /** Calls that the credentials do not allow, such as `GetAccountSettings`. */
  readonly refused?: readonly string[];
}

interface Answer {
  readonly status: number;
  readonly type: 'text/xml' | 'application/json';
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Starts a server that answers as STS, Lambda, CloudFormation, S3 and DynamoDB do. */
export function startAwsAccount(account: StandInAccount): Promise<Listening> {
  const server = createServer((request, response) => {
    const answer = async () => {
      const { status, type, body, headers } = answerOf(account, request, await text(request));
      response.writeHead(status, { 'content-type': type, ...headers }).end(body);
    };
    answer().catch(() => response.destroy());
  });
  return listen(server, 0);
}

function answerOf(account: StandInAccount, { url = '', headers }: IncomingMessage, body: string): Answer {
  const form = new URLSearchParams(body);
  const action =
    form.get('Action') ??
    (headers['x-amz-target'] === 'DynamoDB_20120810.DescribeTable'
      ? 'DescribeTable'
      : url.startsWith('/2016-08-19/')
        ? 'GetAccountSettings'
        : 'ListObjectsV2');
  if (account.refused?.includes(action)) return refusal(action);
  switch (action) {
    case 'GetCallerIdentity':
      return xml(
        `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ops</Arn><UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
      );
    case 'GetAccountSettings': {
      const { concurrency = 1000, unreserved = concurrency } = account;
      const limit = { ConcurrentExecutions: concurrency, UnreservedConcurrentExecutions: unreserved };
      return { status: 200, type: 'application/json', body: JSON.stringify({ AccountLimit: limit }) };
    }
    case 'DescribeTable':
      return (account.table ?? 'absent') === 'absent'
        ? jsonError('ResourceNotFoundException', 'Requested resource not found')
        : { status: 200, type: 'application/json', body: JSON.stringify({ Table: {} }) };
    case 'DescribeStacks': {
      const name = form.get('StackName') ?? '';
      const status = account.stacks?.[name];
      if (status === undefined) return queryError('ValidationError', `Stack with id ${name} does not exist`);
      return xml(
        `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>${name}</StackName><CreationTime>2026-01-02T03:04:05.678Z</CreationTime><StackStatus>${status}</StackStatus></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
      );
    }
    case 'ListStackResources': {
      const resources = [
        resource('ServerlessDeploymentBucket', 'AWS::S3::Bucket', 'framework', 'CREATE_COMPLETE'),
        resource('PushesQueue', 'AWS::SQS::Queue', 'queue', 'CREATE_COMPLETE'),
        resource('OldBucket', 'AWS::S3::Bucket', 'deleted', 'DELETE_COMPLETE'),
        ...(account.table === 'of the stack'
          ? [resource('DevicesTable', 'AWS::DynamoDB::Table', 'pnm2-relay-prod-devices', 'CREATE_COMPLETE')]
          : []),
        ...Object.keys(account.buckets ?? {}).map((name) =>
          resource('SweepsBucket', 'AWS::S3::Bucket', name, 'CREATE_COMPLETE'),
        ),
      ];
      return xml(
        `<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>${resources.join('')}</StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>`,
      );
    }
    case 'ListObjectsV2': {
      const name = url.split(/[/?]/)[1] ?? '';
      const objects = account.buckets?.[name];
      if (objects === undefined) {
        const error = `<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>`;
        return { status: 404, type: 'text/xml', body: error };
      }
      const contents = objects > 0 ? '<Contents><Key>plans/one.json</Key><Size>1</Size></Contents>' : '';
      return xml(`<ListBucketResult><Name>${name}</Name><MaxKeys>1</MaxKeys>${contents}</ListBucketResult>`);
    }
    default:
      return queryError('InvalidAction', `The stand-in does not know ${action}`);
  }
}

function xml(body: string): Answer {
  return { status: 200, type: 'text/xml', body };
}

function resource(logicalId: string, type: string, physicalId: string, status: string): string {
  return `<member><LogicalResourceId>${logicalId}</LogicalResourceId><PhysicalResourceId>${physicalId}</PhysicalResourceId><ResourceType>${type}</ResourceType><ResourceStatus>${status}</ResourceStatus><LastUpdatedTimestamp>2026-01-02T03:04:05.678Z</LastUpdatedTimestamp></member>`;
}

function queryError(code: string, message: string, status = 400): Answer {
  const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>request</RequestId></ErrorResponse>`;
  return { status, type: 'text/xml', body };
}

function jsonError(code: string, message: string): Answer {
  const headers = { 'x-amzn-errortype': code };
  return { status: 400, type: 'application/json', body: JSON.stringify({ __type: code, message }), headers };
}

function refusal(action: string): Answer {
  const message = `User: ops is not authorized to perform: ${action}`;
  if (action === 'ListObjectsV2') {
    const body = `<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`;
    return { status: 403, type: 'text/xml', body };
  }
  if (action === 'GetAccountSettings' || action === 'DescribeTable') return jsonError('AccessDeniedException', message);
  return queryError('AccessDenied', message, 403);
}
