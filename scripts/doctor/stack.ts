import { optionsOf, type Check, type Deployment } from './check.ts';

/** A bucket of the stack. `isEmpty` is undefined if the bucket does not exist any more. */
export interface StackBucket {
  readonly name: string;
  readonly isEmpty: boolean | undefined;
}

export interface StackResources {
  readonly buckets: readonly StackBucket[];
  /** The names of its tables. */
  readonly tables: readonly string[];
}

/** Whether CloudFormation refuses to update a stack with this status, which can then only be removed. */
function mustBeRemoved(status: string): boolean {
  return ['CREATE_FAILED', 'ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'DELETE_FAILED'].includes(status);
}

/** Checks that CloudFormation can create or update the stack. @param status undefined if there is no stack. */
export function checkStack(status: string | undefined, deployment: Deployment): Check {
  const { stackName, region } = deployment;
  if (status === undefined) {
    return { name: 'stack', result: 'ok', detail: `there is no stack ${stackName} yet: it will be created` };
  }
  const found = { name: 'stack', detail: `the stack ${stackName} is in the state ${status}` } as const;
  if (mustBeRemoved(status)) {
    const remedy = `It cannot be updated: remove it with npx serverless remove ${optionsOf(deployment)}`;
    return { ...found, result: 'failure', remedy };
  }
  if (status === 'UPDATE_ROLLBACK_FAILED') {
    const remedy = `Run aws cloudformation continue-update-rollback --region ${region} --stack-name ${stackName}`;
    return { ...found, result: 'failure', remedy };
  }
  // In review, a stack has been named but not created.
  if (status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS') {
    return { ...found, result: 'failure', remedy: 'Wait until CloudFormation has finished, and try again.' };
  }
  return { ...found, result: 'ok' };
}

/** Checks that the buckets of the stack do not block the deployment. CloudFormation removes only empty buckets. */
export function checkBuckets(status: string, buckets: readonly StackBucket[], deployment: Deployment): Check[] {
  return buckets.map(({ name: bucket, isEmpty }): Check => {
    const name = 'bucket';
    if (isEmpty === undefined) {
      const detail = `the stack has the bucket ${bucket}, which does not exist any more`;
      // The queues of a stack that works hold accepted pushes.
      const remedy = mustBeRemoved(status)
        ? `Remove the stack with npx serverless remove ${optionsOf(deployment)}`
        : `Create it again with aws s3 mb s3://${bucket} --region ${deployment.region}; do not remove the stack, which would delete its queues and every push on them`;
      return { name, result: 'failure', detail, remedy };
    }
    if (isEmpty) return { name, result: 'ok', detail: `${bucket} is empty` };
    if (mustBeRemoved(status)) {
      const detail = `the bucket ${bucket} has objects, so the stack cannot be removed`;
      const remedy = `Save what you need of it, and empty it with aws s3 rm s3://${bucket} --recursive`;
      return { name, result: 'failure', detail, remedy };
    }
    return { name, result: 'ok', detail: `${bucket} has objects; empty it before you remove the stack` };
  });
}

/** The table of the registry, which stays when its stack is removed. */
export function tableOf({ stackName }: Deployment): string {
  return `${stackName}-devices`;
}

/** A table that another stack has left, and that CloudFormation therefore cannot create. */
export function leftTable(deployment: Deployment): Check {
  const table = tableOf(deployment);
  return {
    name: 'table',
    result: 'failure',
    detail: `the table ${table} is not in the stack: a removed stack has left it, and CloudFormation would say that it exists already`,
    remedy: `Delete it with aws dynamodb delete-table --region ${deployment.region} --table-name ${table}; to keep its devices, see docs/operations.md, "Remove", first`,
  };
}
