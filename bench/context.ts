import type { Context } from 'aws-lambda';

/** The part of an invocation's context that is read. */
export type BenchContext = Pick<
  Context,
  | 'functionName'
  | 'functionVersion'
  | 'invokedFunctionArn'
  | 'memoryLimitInMB'
  | 'awsRequestId'
  | 'getRemainingTimeInMillis'
>;

/** The context of an invocation that has all the time that it could need. */
export function lambdaContext(): BenchContext {
  return {
    functionName: 'function',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:function',
    memoryLimitInMB: '512',
    awsRequestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
    getRemainingTimeInMillis: () => 29_000,
  };
}
