import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command, NoSuchBucket, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { AccountConcurrency } from './concurrency.ts';
import type { StackBucket, StackResources } from './stack.ts';

/** Options of all AWS clients. What is absent comes from the environment and the configuration files of AWS. */
export interface ClientOptions {
  readonly region: string;
  readonly profile?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** The bucket of the framework, which empties it when it removes the stack. */
const frameworkBucket = 'ServerlessDeploymentBucket';

/** Asks AWS what an account allows and has. Each function throws the errors of the SDK. */
export function connectToAccount(given: ClientOptions) {
  const options = { ...given, maxAttempts: 2, requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000 } };
  const sts = new STSClient(options);
  const lambda = new LambdaClient(options);
  const cloudFormation = new CloudFormationClient(options);
  const s3 = new S3Client(options);
  const dynamoDb = new DynamoDBClient(options);

  const isEmpty = async (bucket: string) => {
    try {
      const { Contents: objects = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 }));
      return objects.length === 0;
    } catch (error) {
      if (error instanceof NoSuchBucket) return undefined;
      throw error;
    }
  };

  return {
    /** The account, and who calls. */
    async readIdentity(): Promise<{ readonly account: string; readonly arn: string }> {
      const { Account: account = '', Arn: arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
      return { account, arn };
    },
    async readConcurrency(): Promise<AccountConcurrency> {
      const { AccountLimit: of } = await lambda.send(new GetAccountSettingsCommand({}));
      const limit = of?.ConcurrentExecutions ?? 0;
      return { limit, unreserved: of?.UnreservedConcurrentExecutions ?? limit };
    },
    /** The status of a stack, or `undefined` if there is none. */
    async readStackStatus(stackName: string): Promise<string | undefined> {
      try {
        const { Stacks: stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackName }));
        return stacks?.[0]?.StackStatus;
      } catch (error) {
        const { name, message } = error instanceof Error ? error : { name: '', message: '' };
        if (name === 'ValidationError' && message.includes('does not exist')) return undefined;
        throw error;
      }
    },
    async readResources(stackName: string): Promise<StackResources> {
      const buckets: StackBucket[] = [];
      const tables: string[] = [];
      for await (const page of paginateListStackResources({ client: cloudFormation }, { StackName: stackName })) {
        for (const {
          ResourceType,
          LogicalResourceId,
          PhysicalResourceId: name,
          ResourceStatus,
        } of page.StackResourceSummaries ?? []) {
          if (name === undefined || name === '' || ResourceStatus === 'DELETE_COMPLETE') continue;
          if (ResourceType === 'AWS::DynamoDB::Table' && ResourceStatus !== 'CREATE_FAILED') tables.push(name);
          if (ResourceType !== 'AWS::S3::Bucket' || LogicalResourceId === frameworkBucket) continue;
          buckets.push({ name, isEmpty: await isEmpty(name) });
        }
      }
      return { buckets, tables };
    },
    async hasTable(name: string): Promise<boolean> {
      try {
        await dynamoDb.send(new DescribeTableCommand({ TableName: name }));
        return true;
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return false;
        throw error;
      }
    },
    disconnect() {
      for (const client of [sts, lambda, cloudFormation, s3, dynamoDb]) client.destroy();
    },
  };
}

export type Account = ReturnType<typeof connectToAccount>;
